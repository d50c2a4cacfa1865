"""The response violates HTTP, in ten ways."""

from collections.abc import Callable
from typing import Literal

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.http.response import RawResponse
from mock_upstream.http.send_script import Close, Script, Send, Step

_NOISE = bytes((index * 151 + 89) % 256 for index in range(96))

How = Literal[
    "status_line",
    "version",
    "garbage",
    "no_colon",
    "two_lengths",
    "huge_header",
    "many_headers",
    "chunk_size",
    "missing_last_chunk",
    "surprise_continue",
]


class MalformedFault(FaultRule):
    """Send a response that is malformed as `how` says, and close the connection after it."""

    kind: Literal["malformed"]
    how: How

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script:  # noqa: ARG002
        """Return the malformed response."""
        rest: tuple[Step, ...] = tuple(raw.rest or ())
        if self.how in _CHUNKED or self.how == "garbage":
            rest = ()
        return iter((Send(_broken(self.how, raw)), *rest, Close()))


def _broken(how: How, raw: RawResponse) -> bytes:
    first, lines = raw.head.split(b"\r\n", 1)
    if how == "garbage":
        return _NOISE
    if how == "surprise_continue":
        return b"HTTP/1.1 100 Continue\r\n\r\n" + raw.head + raw.body
    if how in _CHUNKED:
        return first + b"\r\n" + _without_length(lines) + _CHUNKED[how](raw.body or b"-")
    first = _FIRST_LINES.get(how, first)
    return first + b"\r\n" + _EXTRA_LINES.get(how, b"") + lines + raw.body


def _without_length(lines: bytes) -> bytes:
    kept = [line for line in lines.split(b"\r\n") if line and not line.startswith(b"Content-Length")]
    return b"\r\n".join([*kept, b"Transfer-Encoding: chunked", b"", b""])


_FIRST_LINES = {"status_line": b"HTTP/1.1 OKAY", "version": b"HTTQ/9.z 200 OK"}
_EXTRA_LINES = {
    "no_colon": b"this line is no header\r\n",
    "two_lengths": b"Content-Length: 7\r\n",
    "huge_header": b"X-Huge: " + b"x" * 100_000 + b"\r\n",
    "many_headers": b"".join(b"X-Many-%d: %d\r\n" % (n, n) for n in range(150)),
}
_CHUNKED: dict[str, Callable[[bytes], bytes]] = {
    "chunk_size": lambda body: b"zz\r\n%s\r\n0\r\n\r\n" % body,
    "missing_last_chunk": lambda body: b"%x\r\n%s\r\n" % (len(body), body),
}
