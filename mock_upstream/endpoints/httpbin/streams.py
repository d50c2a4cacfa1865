"""/stream /stream-bytes /bytes /range /drip /links: bodies in pieces."""

import json
import random
from collections.abc import Iterator

from mock_upstream.endpoints.httpbin.methods import echo_of
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import BYTES, HTML, JSON, TEXT, Response
from mock_upstream.http.send_script import Pause, Send, Step

_MOST_BYTES = 100 * 1024
_LETTERS = bytes(range(ord("a"), ord("z") + 1))


def _number(text: str, default: int, most: int) -> int:
    return min(int(text), most) if text.isdigit() else default


def _seconds(request: Request, name: str, default: float) -> float:
    try:
        return min(max(float(request.argument(name, str(default))), 0.0), 60.0)
    except ValueError:
        return default


def _random_bytes(request: Request) -> bytes:
    seed = request.argument("seed", "")
    source = random.Random(int(seed)) if seed.isdigit() else random.Random()  # noqa: S311 - filler
    return source.randbytes(_number(request.params[0], 0, _MOST_BYTES))


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
    n = _number(request.argument("numbytes", ""), 10, 10 * 1024 * 1024)
    status = _number(request.argument("code", ""), 200, 599)
    if n == 0:
        return Response(400, b"numbytes must be at least 1", TEXT)

    def drops() -> Iterator[Step]:
        if delay_s:
            yield Pause(delay_s)
        for number in range(n):
            yield Send(b"*")
            if number < n - 1:
                yield Pause(duration_s / n)

    return Response(status, content_type=BYTES, stream=drops(), length=n)


def _range(request: Request) -> Response:
    n = _number(request.params[0], 0, _MOST_BYTES)
    base = (("ETag", f"range{n}"), ("Accept-Ranges", "bytes"))
    if n == 0:
        return Response(404, b"the size must be 1 to 102400 bytes", TEXT, (("ETag", "range0"),))
    wanted = _wanted_range(request.header(b"range"), n)
    if wanted is None:
        return Response(416, b"", BYTES, (*base, ("Content-Range", f"bytes */{n}")))
    first, last = wanted
    body = bytes(_LETTERS[place % 26] for place in range(first, last + 1))
    whole = request.header(b"range") is None
    headers = (*base, ("Content-Range", f"bytes {first}-{last}/{n}"))
    return Response(200 if whole else 206, body, BYTES, base if whole else headers)


def _wanted_range(header: str | None, n: int) -> tuple[int, int] | None:
    """Return (first, last) of `bytes=a-b`, `bytes=a-` or `bytes=-b` within n bytes; None when there is none."""
    first, last = 0, n - 1
    unit, _, text = (header or "").partition("=")
    start, dash, end = text.partition("-")
    if unit == "bytes" and dash:
        if start.isdigit():
            first, last = int(start), min(int(end), n - 1) if end.isdigit() else n - 1
        elif end.isdigit():
            first = max(0, n - int(end))
    return (first, last) if first <= last else None


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
