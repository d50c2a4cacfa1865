"""Bytes to requests: what httptools calls back, collected into whole requests within the upstream's limits."""

from typing import TYPE_CHECKING, Protocol

import httptools

from mock_upstream.http.request import Place, RawHeaders, Request

if TYPE_CHECKING:
    from mock_upstream.profile import Limits


class Receiver(Protocol):
    """The connection that the requests arrive on."""

    def on_request(self) -> None:
        """Take the request that is whole now: `RequestParser.completed` returns it."""

    def refuse(self, status: int, why: str) -> None:
        """Respond to a request that cannot be served, and close."""

    def send_continue(self) -> None:
        """Tell a client that waits for it to send its body."""


class RequestParser:
    """The request that is being received on one connection."""

    def __init__(self, limits: "Limits", receiver: Receiver) -> None:
        self._limits = limits
        self.refuse, self.send_continue = receiver.refuse, receiver.send_continue
        self.on_message_complete = receiver.on_request
        self._parser = httptools.HttpRequestParser(self)  # It looks for the callbacks now.
        self.place: Place = Place("", "", False)
        self._body: list[bytes] = []
        self._start()

    @property
    def idle(self) -> bool:
        """Whether nothing of a next request has arrived."""
        return self._head_bytes == 0 and self.reading_head

    def feed(self, data: bytes) -> None:
        """Take bytes from the wire. Raises httptools' errors for what is not HTTP."""
        if self.reading_head:
            self._head_bytes += len(data)
        self._parser.feed_data(data)

    def check_head(self) -> None:
        """Refuse a head that is too large before it has ended."""
        if self.reading_head and self._head_bytes > self._limits.head_bytes:
            self.refuse(431, "the head of the request is too large")

    def on_url(self, url: bytes) -> None:
        """Take the request's target, which may come in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if self.reading_head:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Handle `Expect: 100-continue`, and note an Origin; the body is next."""
        self.reading_head = False
        if self._head_bytes > self._limits.head_bytes:  # of which some may be body, or the next request
            sent = len(self._url) + sum(len(name) + len(value) for name, value in self._headers)
            if sent > self._limits.head_bytes:
                self.refuse(431, "the head of the request is too large")
        for name, value in self._headers:
            if len(name) == 6:
                lower = name.lower()
                if lower == b"origin":
                    self._has_origin = True
                elif lower == b"expect" and value.lower() == b"100-continue":
                    self.send_continue()
            elif (
                len(name) == 14 and name.lower() == b"content-length" and int(value) > self._limits.body_bytes
            ):
                self.refuse(413, "the body is too large")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body_bytes:
            self._body.clear()
            self.refuse(413, "the body is too large")
        else:
            self._body.append(body)

    def completed(self) -> Request:
        """Return the request that has just been received whole, and begin the next one."""
        headers, parser = self._headers, self._parser
        body = b"".join(self._body) if self._body else b""
        request = Request(parser.get_method().decode(), self._url, headers, body, self.place)
        if not parser.should_keep_alive():
            request.keep_alive = False
        if self._has_origin:
            request.odd = True
        if parser.get_http_version() == "1.0":
            request.http10 = request.odd = True
        self._start()
        return request

    def _start(self) -> None:
        self._url = b""
        self._headers: RawHeaders = []
        if self._body:
            self._body = []
        self._body_bytes = 0
        self._head_bytes = 0
        self._has_origin = False
        self.reading_head = True
