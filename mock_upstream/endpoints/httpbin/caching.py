"""/cache /etag /response-headers: caching, and requested headers."""

from email.utils import formatdate

from mock_upstream.config.numbers import whole_number
from mock_upstream.endpoints.httpbin.echo import multi
from mock_upstream.endpoints.httpbin.methods import echo_of
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import JSON, TEXT, Response, json_response

_ETAG = "0f8e6a2c"


def _cache(request: Request) -> Response:
    if request.header(b"if-modified-since") or request.header(b"if-none-match"):
        return Response(304)
    return json_response(
        echo_of(request), headers=(("Last-Modified", formatdate(usegmt=True)), ("ETag", _ETAG))
    )


def _cache_for(request: Request) -> Response:
    seconds = whole_number(request.params[0])
    if seconds is None:
        return Response(400, b"the path must end in a number of seconds", TEXT)
    return json_response(echo_of(request), headers=(("Cache-Control", f"public, max-age={seconds}"),))


def _etag(request: Request) -> Response:
    etag = request.params[0]
    unless, only = _tags(request.header(b"if-none-match")), _tags(request.header(b"if-match"))
    if unless and (etag in unless or "*" in unless):
        return Response(304, headers=(("ETag", etag),))
    if not unless and only and etag not in only and "*" not in only:
        return Response(412)
    return json_response(echo_of(request), headers=(("ETag", etag),))


def _tags(header: str | None) -> list[str]:
    return [tag.strip().removeprefix("W/").strip('"') for tag in (header or "").split(",") if tag.strip()]


def _response_headers(request: Request) -> Response:
    pairs = [(_clean(name), _clean(value)) for name, value in request.arguments()]
    wanted = dict(pairs)
    kind = next((value for name, value in pairs if name.lower() == "content-type"), JSON)
    headers = tuple((n, v) for n, v in pairs if n.lower() not in ("content-type", "content-length"))
    echo = json_response({"Content-Type": kind, **multi(pairs)} if wanted else {"Content-Type": kind})
    return Response(200, echo.body, kind, headers)


def _clean(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


ENDPOINTS = [
    Endpoint("GET", "/cache", _cache),
    Endpoint("GET", "/cache/{n}", _cache_for),
    Endpoint("GET", "/etag/{etag}", _etag),
    Endpoint("GET POST", "/response-headers", _response_headers),
]
