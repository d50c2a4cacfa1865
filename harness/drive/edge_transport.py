"""The way to the edge of the team's own service: geventhttpclient, as Locust's FastHttpUser uses it.

The callers of the service are many and have no policy. Each call has a connection of its own, as a proxy in front of
a service opens it by default: one that is kept may be closed by the service at the moment in which it is used again,
and that failure would be the generator's. Redirects are not followed and cookies not kept, because each arrival is
another caller.
"""

from __future__ import annotations

from typing import Any

import requests
from geventhttpclient.client import HTTPClient
from geventhttpclient.response import HTTPParseError

from harness.model.call import Outcome
from harness.session.client.whole_response import WholeResponse
from harness.session.trace.call_trace import KEY_HEADER
from harness.session.trace.trace import current_trace

PATIENCE_S = 60.0
"""How long a caller waits for the connection, and between two parts of the response."""
MOST_CONNECTIONS = 20_000


class EdgeTransport:
    """Calls the service at `target`, a URL without a path."""

    errors: tuple[type[Exception], ...] = (OSError, HTTPParseError, RuntimeError)

    def __init__(self, target: str) -> None:
        self._client = HTTPClient.from_url(
            target, concurrency=MOST_CONNECTIONS, connection_timeout=PATIENCE_S, network_timeout=PATIENCE_S
        )

    def exchange(self, method: str, url: str, **kwargs: Any) -> WholeResponse:
        """One call. Keywords are those of `requests.Request`: params, data, json, files, headers and auth."""
        trace = current_trace()
        assert trace is not None  # noqa: S101
        request = requests.Request(method, url, **kwargs).prepare()
        headers = {**request.headers, KEY_HEADER: trace.call.key, "Connection": "close"}
        found = self._client.request(method, request.path_url, request.body or b"", headers)
        body = bytes(found.read())
        trace.response = response = WholeResponse(
            found.status_code, found.status_message or "", url, dict(found.headers), body, len(body)
        )
        return response

    def outcome_of(self, error: BaseException, status: int) -> Outcome:
        """The outcome of an error at the edge."""
        del status
        if isinstance(error, ConnectionRefusedError):
            return Outcome.CONNECT_REFUSED
        return Outcome.READ_TIMEOUT if isinstance(error, TimeoutError) else Outcome.PROTOCOL

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
