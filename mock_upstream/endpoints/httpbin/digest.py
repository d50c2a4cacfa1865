"""/digest-auth: challenge and response (RFC 7616), with algorithms and stale nonces."""

import hashlib
import os
from collections.abc import Callable
from urllib.request import parse_http_list, parse_keqv_list

from mock_upstream.config.numbers import whole_number
from mock_upstream.endpoints.httpbin.cookies import cookies_of, set_cookie
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Headers, Response, json_response

_Hash = Callable[[str], str]
_ALGORITHMS: dict[str, _Hash] = {
    "MD5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    "SHA-256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "SHA-512": lambda text: hashlib.sha512(text.encode()).hexdigest(),
}


def _digest(request: Request) -> Response:
    qop, user, password, *rest = request.params
    algorithm, stale_after = (*rest, *("MD5", "never")[len(rest) :])
    algorithm = algorithm if algorithm in _ALGORITHMS else "MD5"
    qop = qop if qop in ("auth", "auth-int") else ""
    cookies, given = cookies_of(request), _credentials(request)
    if given is None or not cookies:  # a client without the cookies of the challenge starts again
        return _challenge(request, qop, algorithm, stale_after)
    nonce = given.get("nonce", "")
    if cookies.get("stale_after") == "0" or nonce == cookies.get("last_nonce"):
        return _challenge(request, qop, algorithm, stale_after, stale=True, last_nonce=nonce)
    if given.get("response") != _expected(request, given, user, password, _ALGORITHMS[algorithm]):
        return _challenge(request, qop, algorithm, cookies.get("stale_after", stale_after), last_nonce=nonce)
    headers: Headers = (set_cookie(request, "fake", "fake_value"),)
    uses = whole_number(cookies.get("stale_after", ""))
    if uses is not None:
        headers = (*headers, set_cookie(request, "stale_after", str(uses - 1)))
    return json_response({"authenticated": True, "user": user}, headers=headers)


def _credentials(request: Request) -> dict[str, str] | None:
    kind, _, rest = (request.header(b"authorization") or "").partition(" ")
    if kind.lower() != "digest":
        return None
    try:
        return parse_keqv_list(parse_http_list(rest))
    except ValueError:
        return None


def _challenge(
    request: Request, qop: str, algorithm: str, stale_after: str, *, stale: bool = False, last_nonce: str = ""
) -> Response:
    nonce, opaque = os.urandom(16).hex(), os.urandom(16).hex()
    parts = ['realm="surgeline"', f'nonce="{nonce}"', *([f'qop="{qop}"'] if qop else [])]
    parts += [f'opaque="{opaque}"', f"algorithm={algorithm}", f"stale={'TRUE' if stale else 'FALSE'}"]
    headers: Headers = (
        ("WWW-Authenticate", "Digest " + ", ".join(parts)),
        set_cookie(request, "stale_after", stale_after),
        set_cookie(request, "fake", "fake_value"),
    )
    if last_nonce:
        headers = (*headers, set_cookie(request, "last_nonce", last_nonce))
    return Response(401, b"", TEXT, headers)


def _expected(request: Request, given: dict[str, str], user: str, password: str, digest: _Hash) -> str:
    """Return the response that the right password gives (RFC 7616, 3.4.1)."""
    secret = digest(f"{user}:{given.get('realm', '')}:{password}")
    asked = f"{request.method}:{given.get('uri', '')}"
    if given.get("qop") == "auth-int":
        asked += ":" + digest(request.body.decode("latin-1"))
    parts = [secret, given.get("nonce", "")]
    if given.get("qop"):
        parts += [given.get("nc", ""), given.get("cnonce", ""), given["qop"]]
    return digest(":".join([*parts, digest(asked)]))


_BASE = "/digest-auth/{qop}/{user}/{password}"
ENDPOINTS = [
    Endpoint("GET", _BASE, _digest),
    Endpoint("GET", _BASE + "/{algorithm}", _digest),
    Endpoint("GET", _BASE + "/{algorithm}/{stale_after}", _digest),
]
