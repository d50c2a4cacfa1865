"""/delay/{s}: a response that occupies a worker for this number of seconds, 10 at most."""

from mock_upstream.config.numbers import finite_number
from mock_upstream.endpoints.httpbin.methods import echo_with_body
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Response

_LONGEST_S = 10.0


def _delay_s(request: Request) -> float:
    return min(max(finite_number(request.params[0]) or 0.0, 0.0), _LONGEST_S)


def _delay(request: Request) -> Response:
    if finite_number(request.params[0]) is None:
        return Response(400, b"the delay must be a number of seconds", TEXT)
    return echo_with_body(request)


ENDPOINTS = [Endpoint("GET POST PUT DELETE PATCH TRACE", "/delay/{s}", _delay, _delay_s)]
