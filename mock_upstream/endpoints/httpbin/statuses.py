"""/status/{codes}: the requested status, or one of several by weight."""

from mock_upstream.config.numbers import whole_number
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.faults.seeded_random import SeededRandom
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Headers, Response

_ALL = "GET POST PUT DELETE PATCH TRACE"
_TEAPOT = b"""
    -=[ teapot ]=-

       _______
      /       \\_o
   c(|  short  |/
      \\_stout_/
"""
_EXTRA: dict[int, Headers] = {
    301: (("Location", "/redirect/1"),),
    302: (("Location", "/redirect/1"),),
    303: (("Location", "/redirect/1"),),
    305: (("Location", "/redirect/1"),),
    307: (("Location", "/redirect/1"),),
    401: (("WWW-Authenticate", 'Basic realm="Fake Realm"'),),
    407: (("Proxy-Authenticate", 'Basic realm="Fake Realm"'),),
}


def _status(request: Request) -> Response:
    choices = _choices(request.params[0])
    if choices is None:
        return Response(400, b"Invalid status code", TEXT)
    status = _weighted(choices, _draw(request))
    body = _TEAPOT if status == 418 else b""
    return Response(status, body, TEXT, _EXTRA.get(status, ()))


def _choices(text: str) -> list[tuple[int, float]] | None:
    """Return (status, weight) pairs of `200:3,503`, or None for another format."""
    choices: list[tuple[int, float]] = []
    for part in text.split(","):
        status, _, weight = part.partition(":")
        try:
            choices.append((int(status), float(weight or 1)))
        except ValueError:
            return None
        if not 100 <= choices[-1][0] <= 999 or not choices[-1][1] >= 0:
            return None
    return choices


def _weighted(choices: list[tuple[int, float]], u: float) -> int:
    """Return the status on which `u` in [0, 1) falls."""
    mark = u * sum(weight for _, weight in choices)
    for status, weight in choices:
        mark -= weight
        if mark < 0:
            return status
    return choices[-1][0]


def _draw(request: Request) -> float:
    """Return this attempt's random number, so that a repeated run has the same statuses."""
    key = request.header(b"x-surgeline-key")
    attempt = request.header(b"x-surgeline-attempt") or "0"
    if key is None:
        import random

        return random.random()  # noqa: S311 - not for secrets
    return SeededRandom(0, "status-endpoint").draw(key, whole_number(attempt) or 0)[0]


ENDPOINTS = [Endpoint(_ALL, "/status/{codes}", _status)]
