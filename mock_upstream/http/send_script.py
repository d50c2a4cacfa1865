"""How bytes are sent: a script is a sequence of steps, which the connection runs."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Send:
    """Write `data` to the connection."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for `delay_s` seconds; the connection stays open."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Reset:
    """End the connection with a TCP RST."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection with a TCP FIN, even in the middle of a response."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing more; the connection stays open until the client closes it."""


@dataclass(frozen=True, slots=True)
class CloseOnNext:
    """Keep the connection, but close it at the first byte of the next request."""


Step = Send | Pause | Reset | Close | Hang | CloseOnNext
Script = Iterator[Step]


def truncated_script(script: Script, n_bytes: int, end: Step) -> Script:
    """Return the first `n_bytes` bytes of `script`, pauses included, and then `end`."""
    left = n_bytes
    for step in script:
        if isinstance(step, Send):
            if len(step.data) >= left:
                if left:
                    yield Send(step.data[:left])
                break
            left -= len(step.data)
        yield step
    yield end
