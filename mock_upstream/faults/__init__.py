"""The faults, one kind per file."""

from typing import Annotated

from pydantic import Field

from mock_upstream.faults.accept_full import AcceptFullFault
from mock_upstream.faults.bad_gzip import BadGzipFault
from mock_upstream.faults.bad_json import BadJsonFault
from mock_upstream.faults.bandwidth import BandwidthFault
from mock_upstream.faults.base import FaultRule
from mock_upstream.faults.drip import DripFault
from mock_upstream.faults.empty import EmptyFault
from mock_upstream.faults.garble import GarbleFault
from mock_upstream.faults.hang import HangFault
from mock_upstream.faults.latency import LatencyFault
from mock_upstream.faults.loss import LossFault
from mock_upstream.faults.malformed import MalformedFault
from mock_upstream.faults.pause import PauseFault
from mock_upstream.faults.quota import QuotaFault
from mock_upstream.faults.redirect_loop import RedirectLoopFault
from mock_upstream.faults.refused import RefusedFault
from mock_upstream.faults.reset import ResetFault
from mock_upstream.faults.silent_close import SilentCloseFault
from mock_upstream.faults.slowdown import SlowdownFault
from mock_upstream.faults.stale import StaleFault
from mock_upstream.faults.status import StatusFault
from mock_upstream.faults.tls import TlsFault
from mock_upstream.faults.truncate import TruncateFault
from mock_upstream.faults.wrong_length import WrongLengthFault

Fault = Annotated[
    AcceptFullFault
    | BadGzipFault
    | BadJsonFault
    | BandwidthFault
    | DripFault
    | EmptyFault
    | GarbleFault
    | HangFault
    | LatencyFault
    | LossFault
    | MalformedFault
    | PauseFault
    | QuotaFault
    | RedirectLoopFault
    | RefusedFault
    | ResetFault
    | SilentCloseFault
    | SlowdownFault
    | StaleFault
    | StatusFault
    | TlsFault
    | TruncateFault
    | WrongLengthFault,
    Field(discriminator="kind"),
]
"""Any fault, distinguished by its `kind`."""

__all__ = [
    "AcceptFullFault",
    "BadGzipFault",
    "BadJsonFault",
    "BandwidthFault",
    "DripFault",
    "EmptyFault",
    "Fault",
    "FaultRule",
    "GarbleFault",
    "HangFault",
    "LatencyFault",
    "LossFault",
    "MalformedFault",
    "PauseFault",
    "QuotaFault",
    "RedirectLoopFault",
    "RefusedFault",
    "ResetFault",
    "SilentCloseFault",
    "SlowdownFault",
    "StaleFault",
    "StatusFault",
    "TlsFault",
    "TruncateFault",
    "WrongLengthFault",
]
