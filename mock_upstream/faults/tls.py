"""The encrypted listener fails before there is any HTTP."""

from typing import ClassVar, Literal

from pydantic import PositiveFloat

from mock_upstream.faults.base import FaultRule, Stage


class TlsFault(FaultRule):
    """Present a wrong certificate, or end the handshake after the ClientHello; chosen per connection.

    `how`: `expired`, `untrusted` and `wrong-host` are certificates; `alert`, `close`, `reset`, `hang` and
    `plaintext` replace the ServerHello; `slow` waits for `delay_s` and then continues.
    """

    stage: ClassVar[Stage] = "connection"

    kind: Literal["tls"]
    how: Literal["expired", "untrusted", "wrong-host", "alert", "close", "reset", "hang", "slow", "plaintext"]
    delay_s: PositiveFloat = 30.0
    """How long `slow` waits, and how long `hang` hangs at most."""
