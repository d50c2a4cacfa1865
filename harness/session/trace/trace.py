"""One call while it runs, and how the code below it finds the call that it works for."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from harness.model.call import Attempt, Call


class CallTrace:
    """One call while it runs, and the `with` block around it. The three moments are readings of the clock."""

    __slots__ = (
        "_token", "attempt", "call", "got_s", "head_s", "keyed", "put_s", "queued_s", "response", "throttled_s",
    )  # fmt: skip

    def __init__(self, call: Call, keyed: bool) -> None:
        self.call, self.keyed = call, keyed
        self.attempt: Attempt | None = None
        self.response: Any = None
        self.got_s = self.head_s = self.put_s = 0.0
        """Of the current attempt: a connection was had; the head was read, or it failed; the connection is back."""
        self.throttled_s = self.queued_s = 0.0
        """What a policy of ours made the coming attempt wait: held back, and in line for a connection."""

    def __enter__(self) -> CallTrace:
        """Every attempt from here on belongs to the call."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """What comes now does not."""
        _current.reset(self._token)

    @property
    def received_bytes(self) -> int:
        """Bytes of the last response's body that came off the wire, still encoded."""
        try:
            return int(self.response.tell())
        except (AttributeError, ValueError, OSError):
            return 0


_current: ContextVar[CallTrace | None] = ContextVar("surgeline_call", default=None)


def current_trace() -> CallTrace | None:
    """The call that this thread or greenlet is making."""
    return _current.get()
