"""The way to the edge of the team's own service, with gevent's sockets and the parser of Locust's FastHttpUser.

The callers of the service are many and have no policy. Each call has a connection of its own, as a proxy in front of
a service opens it by default: one that is kept may be closed by the service at the moment in which it is used again,
and that failure would be the generator's. Nothing is sent twice, so that a call which the service drops is a failure.
Redirects are not followed and cookies not kept, because each arrival is another caller.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from gevent import socket
from geventhttpclient.response import HTTPParseError, HTTPSocketResponse

from harness.model.call import Outcome
from harness.session.client.whole_response import WholeResponse
from harness.session.trace.call_trace import KEY_HEADER
from harness.session.trace.trace import current_trace

PATIENCE_S = 60.0
"""How long a caller waits for the connection, and between two parts of the response."""


class EdgeTransport:
    """Calls the service at `target`, an address without TLS and without a path."""

    errors: tuple[type[Exception], ...] = (OSError, HTTPParseError)

    def __init__(self, target: str) -> None:
        self._place = urlsplit(target).netloc
        host, _, port = self._place.rpartition(":")
        self._address = (host, int(port))

    def exchange(self, method: str, url: str, **kwargs: Any) -> WholeResponse:
        """One call. Keywords are those of `requests.Request`: params, data, json, files, headers and auth."""
        trace = current_trace()
        assert trace is not None  # noqa: S101
        request = requests.Request(method, url, **kwargs).prepare()
        request.headers.update({"Host": self._place, "Connection": "close", KEY_HEADER: trace.call.key})
        with socket.create_connection(self._address, PATIENCE_S) as connection:
            connection.sendall(_on_the_wire(request))
            found = HTTPSocketResponse(connection, method=method)
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
        """Nothing is kept open."""


def _on_the_wire(request: requests.PreparedRequest) -> bytes:
    head = [f"{request.method} {request.path_url} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in request.headers.items()]
    body = request.body or b""
    sent = "\r\n".join([*head, "", ""]).encode("latin-1")
    return sent + (body.encode() if isinstance(body, str) else body)
