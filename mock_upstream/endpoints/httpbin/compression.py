"""/gzip /deflate /brotli: the echo, compressed."""

import gzip
import json
import zlib
from collections.abc import Callable

from mock_upstream.endpoints.httpbin.methods import echo_of
from mock_upstream.endpoints.router import Endpoint, Handler
from mock_upstream.http.request import Request
from mock_upstream.http.response import JSON, Response


def _packed(flag: str, encoding: str, pack: Callable[[bytes], bytes]) -> Handler:
    def handler(request: Request) -> Response:
        echo = echo_of(request)
        body = {"headers": echo["headers"], "method": request.method, "origin": echo["origin"], flag: True}
        headers = (("Content-Encoding", encoding),)
        plain = json.dumps(body).encode()
        return Response(200, pack(plain), JSON, headers, plain=plain)

    return handler


def _brotli(body: bytes) -> bytes:
    import brotli

    packed: bytes = brotli.compress(body)
    return packed


ENDPOINTS = [
    Endpoint("GET", "/gzip", _packed("gzipped", "gzip", lambda body: gzip.compress(body, 6, mtime=0))),
    Endpoint("GET", "/deflate", _packed("deflated", "deflate", zlib.compress)),
    Endpoint("GET", "/brotli", _packed("brotli", "br", _brotli)),
]
