"""A response of the upstream, and its bytes."""

import binascii
import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from email.utils import formatdate, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus

from pydantic_core import to_json

from mock_upstream.config.numbers import whole_number
from mock_upstream.http.cross_origin import ANY_ORIGIN
from mock_upstream.http.send_script import Script, Send, Step

Headers = tuple[tuple[str, str], ...]

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
BYTES = "application/octet-stream"

_BODILESS = frozenset({204, 304})
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_DIGESTS: dict[bytes, bytes] = {}
_CACHED: dict[tuple[bytes, str], tuple[bytes, bytes]] = {}
"""The bytes of recent responses by their content, with their date line: most are sent many times per second."""
_KEPT, _SMALL = 512, 1024


class Response:
    """Status, body and headers of one response, before any fault changes it.

    `stream` replaces `body` when the response is sent in pieces, with pauses: it yields Send
    and Pause steps of the body; `length` is its size in bytes, or None when it must be chunked.
    `plain` is the body before its content coding, `whole` the body before it was damaged.
    """

    __slots__ = ("body", "content_type", "headers", "length", "plain", "replay", "status", "stream", "whole")

    def __init__(
        self,
        status: int = 200,
        body: bytes = b"",
        content_type: str = JSON,
        headers: Headers = (),
        *,
        stream: Iterable[Step] | None = None,
        length: int | None = None,
        replay: bool = False,
        plain: bytes | None = None,
        whole: bytes | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers
        self.stream = stream
        self.length = length
        self.replay = replay
        self.plain = plain
        self.whole = whole

    def retry_after_s(self, now_s: float) -> float:
        """Return how many seconds after `now_s` (since 1970) its `Retry-After` lies, 0 without one."""
        for name, value in self.headers:
            if name.lower() == "retry-after":
                if (seconds := whole_number(value)) is not None:
                    return float(seconds)
                with contextlib.suppress(ValueError):
                    return max(0.0, parsedate_to_datetime(value).timestamp() - now_s)
        return 0.0


def json_response(value: object, status: int = 200, headers: Headers = ()) -> Response:
    """Return `value` as a JSON response."""
    try:
        body = to_json(value)
    except ValueError:  # a lone surrogate, which must be escaped
        body = json.dumps(value).encode()
    return Response(status, body + b"\n", headers=headers)


class RawResponse:
    """A response as bytes: the head, the body, and the steps that follow when it is streamed."""

    __slots__ = ("body", "head", "rest")

    def __init__(self, head: bytes, body: bytes, rest: Iterable[Step] | None) -> None:
        self.head = head
        self.body = body
        self.rest = rest

    def script(self) -> Script:
        """Return the steps that send it unchanged."""
        yield Send(self.head + self.body)
        if self.rest is not None:
            yield from self.rest


class DateLine:
    """The head's lines that change once a second at most."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._second = -1
        self._text = b""

    def __call__(self) -> bytes:
        """Return `Server` and `Date` lines for now."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            date = formatdate(second, usegmt=True)
            self._text = f"\r\nServer: surgeline\r\nDate: {date}\r\n".encode()
        return self._text


_date_line = DateLine()


def raw_response(
    response: Response, *, head_only: bool, keep_alive: bool, http10: bool, cross_origin: bytes = ANY_ORIGIN
) -> RawResponse:
    """Return the bytes for `response`; `head_only` for the method HEAD, `cross_origin` are its lines about origins.

    Every body that is not streamed has `Repr-Digest` (RFC 9530), so that a client can detect silent
    corruption; one with a content coding also `Unencoded-Digest`, of the body as the client decodes it.
    """
    bodiless = response.status in _BODILESS or response.status < 200
    lines = [_status_line(response.status), _date_line()]
    chunked = response.stream is not None and response.length is None and not http10
    if response.stream is None:
        if not bodiless:
            lines.append(
                b"Content-Type: %s\r\nContent-Length: %d\r\n"
                % (response.content_type.encode(), len(response.body))
            )
            whole = response.body if response.whole is None else response.whole
            lines.append(b"Repr-Digest: sha-256=:%s:\r\n" % _digest(whole))
            if response.plain is not None:
                lines.append(b"Unencoded-Digest: sha-256=:%s:\r\n" % _digest(response.plain))
    else:
        lines.append(b"Content-Type: %s\r\n" % response.content_type.encode())
        lines.append(_framing(response.length, chunked=chunked))
    if response.headers:
        lines.extend(_header_line(name, value) for name, value in response.headers)
    lines += (cross_origin, _connection_line(keep_alive, http10))
    head = b"".join(lines)
    if head_only or bodiless:
        return RawResponse(head, b"", None)
    if response.stream is None:
        return RawResponse(head, response.body, None)
    return RawResponse(head, b"", _chunked(response.stream) if chunked else response.stream)


def common_bytes(response: Response) -> bytes:
    """Return the result of `raw_response` for the most common responses, in a tenth of the time; b"" for all others.

    Common is a 200 with a whole body and no additional headers, on a kept HTTP/1.1 connection, without an Origin.
    """
    if (
        response.status != 200
        or response.headers
        or response.stream is not None
        or response.whole is not None
    ):
        return b""
    date, body = _date_line(), response.body
    cached = _CACHED.get((body, response.content_type))
    if cached is None or cached[0] is not date:
        cached = date, _bytes_with(date, response)
        if len(body) <= _SMALL:
            if len(_CACHED) >= _KEPT:
                _CACHED.clear()
            _CACHED[body, response.content_type] = cached
    return cached[1]


def _bytes_with(date: bytes, response: Response) -> bytes:
    body = response.body
    return b"%s%sContent-Type: %s\r\nContent-Length: %d\r\nRepr-Digest: sha-256=:%s:\r\n%s\r\n%s" % (
        _OK,
        date,
        response.content_type.encode(),
        len(body),
        _digest(body),
        ANY_ORIGIN,
        body,
    )


def _header_line(name: str, value: str) -> bytes:
    """Return the line without line breaks, so that echoed text from a client cannot add a header."""
    return f"{name}: {value}".translate(_NO_BREAKS).encode("latin-1", "replace") + b"\r\n"


def _connection_line(keep_alive: bool, http10: bool) -> bytes:
    if not keep_alive:
        return b"Connection: close\r\n\r\n"
    return b"Connection: keep-alive\r\n\r\n" if http10 else b"\r\n"


_NO_BREAKS = {ord("\r"): None, ord("\n"): None, 0: None}
_OK = b"HTTP/1.1 200 OK"
_STATUS_LINES: dict[int, bytes] = {}


def _status_line(status: int) -> bytes:
    line = _STATUS_LINES.get(status)
    if line is None:
        line = f"HTTP/1.1 {status} {_REASONS.get(status, 'UNKNOWN')}".encode()
        _STATUS_LINES[status] = line
    return line


def _digest(body: bytes) -> bytes:
    digest = _DIGESTS.get(body)
    if digest is None:
        digest = binascii.b2a_base64(sha256(body).digest(), newline=False)
        if len(body) <= _SMALL:
            if len(_DIGESTS) >= _KEPT:
                _DIGESTS.clear()
            _DIGESTS[body] = digest
    return digest


def _framing(length: int | None, *, chunked: bool) -> bytes:
    if length is not None:
        return b"Content-Length: %d\r\n" % length
    return b"Transfer-Encoding: chunked\r\n" if chunked else b""


def _chunked(stream: Iterable[Step]) -> Iterator[Step]:
    for step in stream:
        if isinstance(step, Send):
            if step.data:
                yield Send(b"%x\r\n%s\r\n" % (len(step.data), step.data))
        else:
            yield step
    yield Send(b"0\r\n\r\n")
