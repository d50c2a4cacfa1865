"""/get /post /put /patch /delete /anything: the request, told back."""

from typing import Any

from mock_upstream.endpoints.httpbin.echo import body_of, headers_of, json_answer, multi
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response


def told_back(request: Request) -> dict[str, Any]:
    """Return what an echo of the request says."""
    return {
        "args": multi(request.arguments()) if request.query else {},
        "headers": headers_of(request.headers),
        "origin": request.place.peer,
        "url": request.url(),
    }


def _get(request: Request) -> Response:
    return json_answer(told_back(request))


def told_with_body(request: Request) -> Response:
    """Return the request told back, with its body."""
    return json_answer(told_back(request) | body_of(request))


def _anything(request: Request) -> Response:
    return json_answer(told_back(request) | body_of(request) | {"method": request.method})


_ANY = "GET POST PUT DELETE PATCH TRACE"

ENDPOINTS = [
    Endpoint("GET", "/get", _get),
    Endpoint("POST", "/post", told_with_body),
    Endpoint("PUT", "/put", told_with_body),
    Endpoint("PATCH", "/patch", told_with_body),
    Endpoint("DELETE", "/delete", told_with_body),
    Endpoint(_ANY, "/anything", _anything),
    Endpoint(_ANY, "/anything/{rest*}", _anything),
]
