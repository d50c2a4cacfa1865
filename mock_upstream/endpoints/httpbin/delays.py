"""/delay/{s}: a response that occupies a worker for this number of seconds, 10 at most."""

from mock_upstream.endpoints.httpbin.methods import echo_with_body
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Response

_LONGEST_S = 10.0


def _delay_s(request: Request) -> float:
    try:
        return min(max(float(request.params[0]), 0.0), _LONGEST_S)
    except ValueError:
        return 0.0


def _delay(request: Request) -> Response:
    try:
        float(request.params[0])
    except ValueError:
        return Response(400, b"the delay must be a number of seconds", TEXT)
    return echo_with_body(request)


ENDPOINTS = [Endpoint("GET POST PUT DELETE PATCH TRACE", "/delay/{s}", _delay, _delay_s)]
