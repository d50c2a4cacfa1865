"""/token and /protected: bearer tokens that expire."""

import os
from collections import OrderedDict
from collections.abc import Callable

from mock_upstream.config.numbers import finite_number
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response, json_response

_KEPT = 100_000
_LIFE_S = 60.0


class Tokens:
    """Tokens with their expiry time on `clock` (seconds); `/token?expires_s=2` sets their lifetime."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends_s: OrderedDict[str, float] = OrderedDict()

    def endpoints(self) -> list[Endpoint]:
        """Return the endpoints."""
        return [
            Endpoint("POST", "/token", self._issue),
            Endpoint("GET POST PUT PATCH DELETE", "/protected", self._protected),
        ]

    def _issue(self, request: Request) -> Response:
        life_s = _seconds(request.argument("expires_s", ""))
        token = os.urandom(16).hex()
        self._ends_s[token] = self._clock() + life_s
        if len(self._ends_s) > _KEPT:
            self._ends_s.popitem(last=False)
        body = {"access_token": token, "token_type": "Bearer", "expires_in": life_s}
        return json_response(body, headers=(("Cache-Control", "no-store"),))

    def _protected(self, request: Request) -> Response:
        kind, _, token = (request.header(b"authorization") or "").partition(" ")
        if kind.lower() != "bearer":
            return _refusal("", "authentication is required; send a bearer token from /token")
        ends_s = self._ends_s.get(token)
        if ends_s is None:
            return _refusal("invalid_token", "the token is unknown")
        if self._clock() >= ends_s:
            return _refusal("invalid_token", "the token has expired")
        return json_response({"authenticated": True})


def _refusal(error: str, why: str) -> Response:
    challenge = f'Bearer realm="surgeline", error="{error}"' if error else 'Bearer realm="surgeline"'
    return json_response({"error": why}, 401, (("WWW-Authenticate", challenge),))


def _seconds(text: str) -> float:
    seconds = finite_number(text)
    return _LIFE_S if seconds is None else min(max(seconds, 0.0), 86_400.0)
