"""/get /post /put /patch /delete /anything: an echo of the request."""

from typing import Any

from mock_upstream.endpoints.httpbin.echo import body_of, headers_of, multi
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response, json_response


def echo_of(request: Request) -> dict[str, Any]:
    """Return the echo of the request, without its body."""
    return {
        "args": multi(request.arguments()) if request.query else {},
        "headers": headers_of(request.headers),
        "origin": request.place.peer,
        "url": request.url(),
    }


def _get(request: Request) -> Response:
    return json_response(echo_of(request))


def echo_with_body(request: Request) -> Response:
    """Return the echo of the request, with its body."""
    return json_response(echo_of(request) | body_of(request))


def _anything(request: Request) -> Response:
    return json_response(echo_of(request) | body_of(request) | {"method": request.method})


_ANY = "GET POST PUT DELETE PATCH TRACE"

ENDPOINTS = [
    Endpoint("GET", "/get", _get),
    Endpoint("POST", "/post", echo_with_body),
    Endpoint("PUT", "/put", echo_with_body),
    Endpoint("PATCH", "/patch", echo_with_body),
    Endpoint("DELETE", "/delete", echo_with_body),
    Endpoint(_ANY, "/anything", _anything),
    Endpoint(_ANY, "/anything/{rest*}", _anything),
]
