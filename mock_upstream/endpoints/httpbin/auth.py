"""/basic-auth /hidden-basic-auth /bearer: authentication."""

import base64

from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Response, json_response


def credentials_of(request: Request) -> tuple[str, str] | None:
    """Return (user, password) of a Basic Authorization header, or None."""
    kind, _, token = (request.header(b"authorization") or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        raw = base64.b64decode(token)
    except ValueError:  # no base64, or no ASCII
        return None
    user, _, password = _text(raw).partition(":")
    return user, password


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _known(request: Request) -> bool:
    return credentials_of(request) == request.params


def _basic(request: Request) -> Response:
    if not _known(request):
        return Response(401, b"", TEXT, (("WWW-Authenticate", 'Basic realm="Fake Realm"'),))
    return json_response({"authenticated": True, "user": request.params[0]})


def _hidden(request: Request) -> Response:
    if not _known(request):
        return json_response({"error": "not found"}, 404)
    return json_response({"authenticated": True, "user": request.params[0]})


def _bearer(request: Request) -> Response:
    kind, _, token = (request.header(b"authorization") or "").partition(" ")
    if kind != "Bearer" or not token:
        return Response(401, b"", TEXT, (("WWW-Authenticate", "Bearer"),))
    return json_response({"authenticated": True, "token": token})


ENDPOINTS = [
    Endpoint("GET", "/basic-auth/{user}/{password}", _basic),
    Endpoint("GET", "/hidden-basic-auth/{user}/{password}", _hidden),
    Endpoint("GET", "/bearer", _bearer),
]
