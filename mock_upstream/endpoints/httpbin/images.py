"""/image: one pixel in four formats, chosen by path or by Accept."""

import base64
import struct
import zlib

from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response, json_response

_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L"
    "2u71////m8H////6/+b9//j/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/EABQQAQAAAAAAAAAAAAAAAAAA"
    "AAD/2gAIAQEAAD8AL//Z"
)
_WEBP = base64.b64decode("UklGRjAAAABXRUJQVlA4ICQAAACQAQCdASoBAAEABABoJaACdLoAA5gA/uX6O64x2qutlVhSAAA=")
_SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">
  <path d="M4 44 C16 44 16 16 32 16 S48 44 60 44" fill="none" stroke="#369" stroke-width="6"/>
</svg>
"""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x33\x66\x99"))
    + _chunk(b"IEND", b"")
)
_IMAGES = {"svg+xml": _SVG, "webp": _WEBP, "jpeg": _JPEG, "png": _PNG}


def _image(request: Request) -> Response:
    kind = request.params[0].replace("svg", "svg+xml")
    if kind not in _IMAGES:
        return json_response({"error": "no such image; there are jpeg, png, svg, webp"}, 404)
    return Response(200, _IMAGES[kind], f"image/{kind}")


def _accepted(request: Request) -> Response:
    accept = (request.header(b"accept") or "image/*").lower()
    for kind, image in _IMAGES.items():
        if f"image/{kind}" in accept:
            return Response(200, image, f"image/{kind}")
    if "image/*" in accept or "*/*" in accept:
        return Response(200, _PNG, "image/png")
    return json_response({"accept": [f"image/{kind}" for kind in _IMAGES]}, 406)


ENDPOINTS = [Endpoint("GET", "/image", _accepted), Endpoint("GET", "/image/{kind}", _image)]
