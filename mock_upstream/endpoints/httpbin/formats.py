"""/html /xml /json /encoding/utf8 /robots.txt /deny /base64 /uuid /forms/post /hello: fixed bodies."""

import base64
import uuid

from mock_upstream.endpoints.router import Endpoint, Handler
from mock_upstream.http.request import Request
from mock_upstream.http.response import HTML, JSON, TEXT, Response, json_response

_PAGE = b"""<!DOCTYPE html>
<html>
  <head><title>A quiet harbour</title></head>
  <body><h1>A quiet harbour</h1><p>The tide went out at six.</p></body>
</html>
"""
_XML = b"""<?xml version="1.0" encoding="us-ascii"?>
<slideshow title="Sample Slide Show" date="Date of publication" author="Yours Truly">
  <slide type="all"><title>Wake up to WonderWidgets!</title></slide>
</slideshow>
"""
_SLIDES = {
    "slideshow": {
        "author": "Yours Truly",
        "date": "date of publication",
        "slides": [{"title": "Wake up to WonderWidgets!", "type": "all"}],
        "title": "Sample Slide Show",
    }
}
_UTF8 = "<h1>Unicode</h1><p>Ελληνικά · Русский · 日本語 · ქართული · ∮ E⋅da = Q · ½ ¼ · 🌊</p>\n".encode()
_FORM = b"""<!DOCTYPE html>
<html><body><form method="post" action="/post">
<p><label>Customer <input name="custname"></label></p>
<p><label>Telephone <input type="tel" name="custtel"></label></p>
<p><label>E-mail <input type="email" name="custemail"></label></p>
<p><label>Comments <textarea name="comments"></textarea></label></p>
<p><button>Order</button></p>
</form></body></html>
"""


def _fixed(body: bytes, content_type: str) -> Handler:
    response = Response(200, body, content_type)
    return lambda request: response  # noqa: ARG005


def _base64(request: Request) -> Response:
    text = request.params[0]
    try:
        body = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:  # no base64, or no ASCII
        body = b"Incorrect Base64 data"
    return Response(200, body, HTML)


def _uuid(request: Request) -> Response:  # noqa: ARG001
    return json_response({"uuid": str(uuid.uuid4())})


ENDPOINTS = [
    Endpoint("GET", "/", _fixed(b"surgeline's mock upstream\n", TEXT)),
    Endpoint("GET", "/hello", _fixed(b"hello\n", TEXT)),
    Endpoint("GET", "/html", _fixed(_PAGE, HTML)),
    Endpoint("GET", "/xml", _fixed(_XML, "application/xml")),
    Endpoint("GET", "/json", _fixed(json_response(_SLIDES).body, JSON)),
    Endpoint("GET", "/encoding/utf8", _fixed(_UTF8, HTML)),
    Endpoint("GET", "/robots.txt", _fixed(b"User-agent: *\nDisallow: /deny\n", TEXT)),
    Endpoint("GET", "/deny", _fixed(b"You may not see this.\n", TEXT)),
    Endpoint("GET", "/forms/post", _fixed(_FORM, HTML)),
    Endpoint("GET", "/base64/{text}", _base64),
    Endpoint("GET", "/uuid", _uuid),
]
