"""urllib3's Retry, which consults the policy's budget, jitter and deadline before another attempt."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from harness.session.errors import PolicyError

Ask = Callable[["PolicyRetry", float], PolicyError | None]
"""From the next Retry and the seconds of a Retry-After (0 without one), the reason for which it is refused."""


class PolicyRetry(Retry):
    """Decides in `increment`, where urllib3 can still return the response; `sleep` is left to the next attempt.

    By then the connection is back in the pool, so a sleep never holds a slot. Until a pipeline sets `ask`,
    it is a plain Retry.
    """

    ask: Ask | None = None

    def asking(self, ask: Ask) -> Self:
        """A copy for one call."""
        fresh = self.new()
        fresh.ask = ask
        return fresh

    def new(self, **kw: Any) -> Self:
        """Keeps `ask`: urllib3 rebuilds a Retry from its parameters for every attempt."""
        fresh = super().new(**kw)
        fresh.ask = self.ask
        return fresh

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """One more attempt, or MaxRetryError: by urllib3's own rules first, by the policy's then."""
        fresh = super().increment(method, url, response, error, _pool, _stacktrace)
        refusal = fresh.ask(fresh, self._retry_after_s(response)) if fresh.ask is not None else None
        if refusal is not None:
            raise MaxRetryError(_pool, url, refusal) from error  # type: ignore[arg-type]
        return fresh

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Does nothing under a pipeline: the next attempt begins with the sleep that `increment` has planned."""
        if self.ask is None:
            super().sleep(response)

    def _retry_after_s(self, response: BaseHTTPResponse | None) -> float:
        if response is None or not self.respect_retry_after_header:
            return 0.0
        return self.get_retry_after(response) or 0.0
