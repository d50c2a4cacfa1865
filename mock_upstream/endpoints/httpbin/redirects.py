"""/redirect and related paths: a number of redirects."""

from mock_upstream.config.numbers import whole_number
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import HTML, TEXT, Response


def _to(location: str, status: int = 302) -> Response:
    return Response(status, b"", HTML, (("Location", location),))


def _times(request: Request) -> int:
    return whole_number(request.params[0]) or 0


def _relative(request: Request) -> Response:
    n = _times(request)
    if n < 1:
        return Response(404, b"the number of redirects must be at least 1", TEXT)
    return _to("/get" if n == 1 else f"/relative-redirect/{n - 1}")


def _absolute(request: Request) -> Response:
    n = _times(request)
    if n < 1:
        return Response(404, b"the number of redirects must be at least 1", TEXT)
    return _to(request.base() + ("/get" if n == 1 else f"/absolute-redirect/{n - 1}"))


def _redirect(request: Request) -> Response:
    return (
        _absolute(request) if request.argument("absolute", "false").lower() == "true" else _relative(request)
    )


def _redirect_to(request: Request) -> Response:
    wanted = dict(request.arguments())
    if request.body:
        from urllib.parse import parse_qsl

        wanted |= dict(parse_qsl(request.body.decode("latin-1")))
    if "url" not in wanted:
        return Response(400, b"the argument url is missing; it must be the target of the redirect", TEXT)
    status = whole_number(wanted.get("status_code", "")) or 302
    code = status if 300 <= status < 400 else 302
    return _to("".join(each for each in wanted["url"] if each.isprintable()), code)


_ANY = "GET POST PUT DELETE PATCH TRACE"
ENDPOINTS = [
    Endpoint("GET", "/redirect/{n}", _redirect),
    Endpoint("GET", "/relative-redirect/{n}", _relative),
    Endpoint("GET", "/absolute-redirect/{n}", _absolute),
    Endpoint(_ANY, "/redirect-to", _redirect_to),
]
