"""/cookies: shown, set and deleted."""

from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Headers, Response, json_response

_EXPIRED = "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"


def cookies_of(request: Request) -> dict[str, str]:
    """Return the cookies the client sent; values keep the quotes they came with."""
    found: dict[str, str] = {}
    for piece in (request.header(b"cookie") or "").split(";"):
        name, separator, value = piece.strip().partition("=")
        if separator and name not in found:
            found[name] = value
    return found


def set_cookie(request: Request, name: str, value: str) -> tuple[str, str]:
    """Return the header that sets a cookie for the whole site."""
    secure = "; Secure" if request.place.secure else ""
    return "Set-Cookie", f"{_clean(name)}={_clean(value)}; Path=/{secure}"


def _show(request: Request) -> Response:
    return json_response({"cookies": cookies_of(request)})


def _set_one(request: Request) -> Response:
    return _back_to_cookies((set_cookie(request, *request.params),))


def _set(request: Request) -> Response:
    return _back_to_cookies(tuple(set_cookie(request, name, value) for name, value in request.arguments()))


def _delete(request: Request) -> Response:
    return _back_to_cookies(
        tuple(("Set-Cookie", f"{_clean(name)}=; {_EXPIRED}") for name, _ in request.arguments())
    )


def _back_to_cookies(headers: Headers) -> Response:
    return Response(302, b"", "text/html; charset=utf-8", (*headers, ("Location", "/cookies")))


def _clean(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and character != ";")


ENDPOINTS = [
    Endpoint("GET", "/cookies", _show),
    Endpoint("GET", "/cookies/set", _set),
    Endpoint("GET", "/cookies/set/{name}/{value}", _set_one),
    Endpoint("GET", "/cookies/delete", _delete),
]
