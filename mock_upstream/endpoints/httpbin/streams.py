"""/stream /stream-bytes /bytes /range /drip /links: bodies in pieces."""

import json
import os
import random
from collections.abc import Iterator

from mock_upstream.config.numbers import finite_number, whole_number
from mock_upstream.endpoints.httpbin.methods import echo_of
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import BYTES, HTML, JSON, TEXT, Response
from mock_upstream.http.send_script import Pause, Send, Step

_MOST_BYTES = 100 * 1024
_LETTERS = bytes(range(ord("a"), ord("z") + 1))


def _number(text: str, default: int, most: int) -> int:
    number = whole_number(text)
    return default if number is None else min(number, most)


def _seconds(request: Request, name: str, default: float) -> float:
    seconds = finite_number(request.argument(name, ""))
    return default if seconds is None else min(max(seconds, 0.0), 60.0)


def _random_bytes(request: Request) -> bytes:
    """Return random bytes; with a seed the same as httpbin's, which draws each with `randint`."""
    n, seed = _number(request.params[0], 0, _MOST_BYTES), request.argument("seed", "")
    number = whole_number(seed.removeprefix("-"))  # a seed and its negative are the same to `random`
    if number is None:
        return os.urandom(n)
    draw = random.Random(number).randint  # noqa: S311 - filler
    return bytes(draw(0, 255) for _ in range(n))


def _stream(request: Request) -> Response:
    echo = echo_of(request)
    lines = (
        Send(json.dumps(echo | {"id": number}).encode() + b"\n")
        for number in range(_number(request.params[0], 0, 100))
    )
    return Response(200, content_type=JSON, stream=lines)


def _bytes(request: Request) -> Response:
    return Response(200, _random_bytes(request), BYTES)


def _stream_bytes(request: Request) -> Response:
    body, size = (
        _random_bytes(request),
        max(1, _number(request.argument("chunk_size", ""), 10240, _MOST_BYTES)),
    )
    pieces = (Send(body[start : start + size]) for start in range(0, len(body), size))
    return Response(200, content_type=BYTES, stream=pieces)


def _drip(request: Request) -> Response:
    duration_s, delay_s = _seconds(request, "duration", 2.0), _seconds(request, "delay", 0.0)
    n = _number(request.argument("numbytes", "10"), 0, 10 * 1024 * 1024)
    status = _number(request.argument("code", ""), 200, 599)
    if n == 0:
        return Response(400, b"numbytes must be a number of at least 1", TEXT)

    def drops() -> Iterator[Step]:
        if delay_s:
            yield Pause(delay_s)
        for number in range(n):
            yield Send(b"*")
            if number < n - 1:
                yield Pause(duration_s / n)

    return Response(status, content_type=BYTES, stream=drops(), length=n)


def _range(request: Request) -> Response:
    n = whole_number(request.params[0]) or 0
    base = (("ETag", f"range{n}"), ("Accept-Ranges", "bytes"))
    if not 0 < n <= _MOST_BYTES:
        return Response(404, b"the size must be 1 to 102400 bytes", TEXT, base)
    first, last = _wanted_range(request.header(b"range"), n)
    if not 0 <= first <= last < n:
        return Response(416, b"", BYTES, (*base, ("Content-Range", f"bytes */{n}")))
    body = bytes(_LETTERS[place % 26] for place in range(first, last + 1))
    headers = (*base, ("Content-Range", f"bytes {first}-{last}/{n}"))
    return Response(200 if len(body) == n else 206, body, BYTES, headers)


def _wanted_range(header: str | None, n: int) -> tuple[int, int]:
    """Return (first, last) of `bytes=a-b`, `bytes=a-` or `bytes=-b`, which may be outside n bytes; else the whole."""
    unit, _, text = (header or "").partition("=")
    first_text, _, last_text = text.partition("-")
    first, last = whole_number(first_text), whole_number(last_text)
    if unit.strip() != "bytes" or (first is None and last is None):
        return 0, n - 1
    if first is None:
        return max(0, n - (last or 0)), n - 1
    return first, n - 1 if last is None else last


def _links(request: Request) -> Response:
    n, offset = _number(request.params[0], 1, 200), _number((*request.params, "0")[1], 0, 200)
    items = [
        str(number) if number == offset else f"<a href='/links/{n}/{number}'>{number}</a>"
        for number in range(max(1, n))
    ]
    page = f"<html><head><title>Links</title></head><body>{' '.join(items)}</body></html>"
    return Response(200, page.encode(), HTML)


ENDPOINTS = [
    Endpoint("GET", "/stream/{n}", _stream),
    Endpoint("GET", "/bytes/{n}", _bytes),
    Endpoint("GET", "/stream-bytes/{n}", _stream_bytes),
    Endpoint("GET", "/drip", _drip),
    Endpoint("GET", "/range/{n}", _range),
    Endpoint("GET", "/links/{n}", _links),
    Endpoint("GET", "/links/{n}/{offset}", _links),
]
