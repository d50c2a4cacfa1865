"""How a client's call is sent: by a requests.Session, or by another object with this interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import requests
from urllib3.exceptions import HTTPError

from harness.model.call import Outcome
from harness.session.build.session import Timeout
from harness.session.errors import TargetRefused
from harness.session.outcome import outcome_of


class TransportResponse(Protocol):
    """The part of a response that a journey uses; `requests.Response` and httpx's both have it."""

    status_code: int

    @property
    def ok(self) -> bool: ...
    @property
    def content(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class Transport(Protocol):
    """A way to send calls."""

    errors: tuple[type[Exception], ...]
    """The exceptions of `exchange` for failures of the network or refusals of the policy."""

    def exchange(self, method: str, url: str, **kwargs: Any) -> Any:
        """One call; the body is read unless `stream=True` is given. Returns a response."""

    def outcome_of(self, error: BaseException, status: int) -> Outcome:
        """The outcome of such an error; `status` is the last one received."""


class SessionTransport:
    """A Session, shared or this thread's own; without one, `make` makes a new one for each call."""

    errors: tuple[type[Exception], ...] = (requests.RequestException, HTTPError, TargetRefused)

    def __init__(
        self, make: Callable[[], requests.Session], session: requests.Session | None, timeout: Timeout | None
    ) -> None:
        self._make, self._session, self._timeout = make, session, timeout

    def exchange(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """One call. Keywords are those of `requests.Session.request`; the policy's timeout is the default."""
        if self._timeout is not None:
            kwargs.setdefault("timeout", self._timeout)
        if self._session is not None:
            return _whole(self._session.request(method, url, **kwargs), kwargs)
        with self._make() as session:
            return _whole(session.request(method, url, **kwargs), kwargs)

    def outcome_of(self, error: BaseException, status: int) -> Outcome:
        """The outcome of an error of requests or urllib3."""
        return outcome_of(error, status)


def _whole(response: requests.Response, asked: Mapping[str, Any]) -> requests.Response:
    """A policy that streams leaves the body to the caller; unless the journey reads it itself, that is the call."""
    if not asked.get("stream"):
        _ = response.content
    return response
