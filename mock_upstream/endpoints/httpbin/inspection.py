"""/headers /ip /user-agent: an echo of one part of the request."""

from mock_upstream.endpoints.httpbin.echo import headers_of
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response, json_response


def _headers(request: Request) -> Response:
    return json_response({"headers": headers_of(request.headers)})


def _ip(request: Request) -> Response:
    return json_response({"origin": request.place.peer})


def _user_agent(request: Request) -> Response:
    return json_response({"user-agent": request.header(b"user-agent")})


ENDPOINTS = [
    Endpoint("GET", "/headers", _headers),
    Endpoint("GET", "/ip", _ip),
    Endpoint("GET", "/user-agent", _user_agent),
]
