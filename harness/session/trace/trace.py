"""One call while it runs, and how lower layers find the current call."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from time import monotonic
from typing import Any

from harness.model.call import ABANDONED, Attempt, Call
from harness.session.trace.tracebacks import drop_tracebacks


class CallTrace:
    """One call while it runs, and the `with` block around it. The three moments are readings of the clock."""

    __slots__ = (
        "_token", "attempt", "call", "errors", "got_s", "head_s", "keyed", "numbered", "put_s", "response", "waits_s",
    )  # fmt: skip

    def __init__(self, call: Call, keyed: bool) -> None:
        self.call, self.keyed, self.numbered = call, keyed, 0
        self.attempt: Attempt | None = None
        self.response: Any = None
        self.got_s = self.head_s = self.put_s = 0.0
        """Of the current attempt: connection obtained; head read, or failed; connection returned."""
        self.errors: list[BaseException] = []
        """The exceptions of the attempts of a keyed call; a service's own calls keep none."""
        self.waits_s: dict[str, float] = {}
        """How long the policy delayed the coming attempt, by the field of `Attempt` that keeps it."""

    def __enter__(self) -> CallTrace:
        """Every attempt from here on belongs to the call."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Attempts from here on do not."""
        _current.reset(self._token)

    def failed(self, error: BaseException) -> None:
        """An attempt of the call ended with this exception."""
        if self.keyed:
            self.errors.append(error)

    def drop_tracebacks(self) -> None:
        """Frees the frames of the attempts that have ended."""
        drop_tracebacks(self.errors)
        self.errors.clear()

    def fork(self) -> CallTrace:
        """The trace of a further attempt of the call, beside the current one; the call has it when it joins."""
        beside = CallTrace(replace(self.call, attempts=[]), self.keyed)
        beside.numbered, self.numbered = self.numbered, self.numbered + 1
        return beside

    def join(self, beside: CallTrace) -> None:
        """The attempt beside this one is sent now."""
        first, hedge = self.attempt, beside.attempt
        if first is not None and hedge is not None:
            hedge.hedge = True
            hedge.hedge_wait_s = hedge.started_s - first.started_s + first.throttle_s + first.limiter_wait_s
            self.call.attempts.append(hedge)

    def lose(self, beside: CallTrace, abandoned: bool) -> None:
        """Another attempt gave the result. The thread of this one may still work on it, so the call keeps a copy."""
        found = beside.attempt
        for index, attempt in enumerate(self.call.attempts):
            if attempt is found:
                self.call.attempts[index] = lost = replace(attempt, lost=True)
                if abandoned and not lost.status:
                    lost.error, lost.first_byte_s = ABANDONED, monotonic() - beside.got_s

    def take_over(self, beside: CallTrace) -> None:
        """The attempt beside this one gave the result: what follows, follows it."""
        self.attempt, self.response = beside.attempt, beside.response
        self.got_s, self.head_s, self.put_s = beside.got_s, beside.head_s, beside.put_s

    @property
    def received_bytes(self) -> int:
        """Bytes of the last response's body as received, before decoding."""
        try:
            return int(self.response.tell())
        except (AttributeError, ValueError, OSError):
            return 0


_current: ContextVar[CallTrace | None] = ContextVar("surgeline_call", default=None)


current_trace = _current.get
"""Returns the call that this thread or greenlet is making, or None."""
