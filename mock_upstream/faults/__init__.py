"""Every way to hurt a client, one per file."""

from typing import Annotated

from pydantic import Field

from mock_upstream.faults.latency import LatencyFault
from mock_upstream.faults.rule import FaultRule
from mock_upstream.faults.slowdown import SlowdownFault
from mock_upstream.faults.status import StatusFault
from mock_upstream.faults.tls import TlsFault

Fault = Annotated[LatencyFault | SlowdownFault | StatusFault | TlsFault, Field(discriminator="kind")]
"""Any fault, told apart by its `kind`."""

__all__ = ["Fault", "FaultRule", "LatencyFault", "SlowdownFault", "StatusFault", "TlsFault"]
