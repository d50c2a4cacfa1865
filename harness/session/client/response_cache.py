"""A response cache in front of a journey's GETs: off until a lever turns it on. The storage is cachetools'."""

from __future__ import annotations

from typing import Any

from cachetools import TTLCache

from harness.model.call import Outcome
from harness.session.client.transport import Transport

ENTRIES = 10_000


class ResponseCache:
    """Successful responses to GETs, by URL and parameters, for a limited time. One per process."""

    def __init__(self) -> None:
        self.kept: TTLCache[tuple[str, str], Any] | None = None

    def switch(self, on: bool, ttl_s: float) -> None:
        """Turns the cache on, empty, or off."""
        self.kept = TTLCache(ENTRIES, ttl_s) if on else None

    def before(self, transport: Transport) -> Transport:
        """The same transport with the cache before it, or unchanged while the cache is off, at no cost."""
        plain = transport.inner if isinstance(transport, CachedTransport) else transport
        return plain if self.kept is None else CachedTransport(plain, self)


class CachedTransport:
    """Any transport with the cache before it. A cached response costs no attempt."""

    def __init__(self, inner: Transport, cache: ResponseCache) -> None:
        self.inner, self._cache = inner, cache
        self.errors = inner.errors

    def exchange(self, method: str, url: str, **kwargs: Any) -> Any:
        """One call, served from the cache when possible."""
        kept = self._cache.kept
        if kept is None or method != "GET" or kwargs.get("stream"):
            return self.inner.exchange(method, url, **kwargs)
        key = (url, repr(kwargs.get("params")))
        if key in kept:
            return kept[key]
        response = self.inner.exchange(method, url, **kwargs)
        if response.ok:
            kept[key] = response
        return response

    def outcome_of(self, error: BaseException, status: int) -> Outcome:
        """The outcome of the inner transport's error."""
        return self.inner.outcome_of(error, status)
