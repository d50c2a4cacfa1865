"""/login, /account, /logout: a form, and a session cookie."""

import os
from collections import OrderedDict
from urllib.parse import parse_qs

from mock_upstream.endpoints.httpbin.cookies import cookies_of
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import HTML, TEXT, Response, json_response

_KEPT = 100_000
_FORM = b"""<!DOCTYPE html>
<html><body><form method="post" action="/login">
<p><label>User <input name="user"></label></p>
<p><label>Password <input type="password" name="password"></label></p>
<p><button>Log in</button></p>
</form></body></html>
"""


class Accounts:
    """Sessions by cookie. Any user can log in with the password "secret"."""

    def __init__(self) -> None:
        self._users: OrderedDict[str, str] = OrderedDict()

    def endpoints(self) -> list[Endpoint]:
        """Return the endpoints."""
        return [
            Endpoint("GET", "/login", lambda request: Response(200, _FORM, HTML)),  # noqa: ARG005
            Endpoint("POST", "/login", self._login),
            Endpoint("GET", "/account", self._account),
            Endpoint("POST", "/logout", self._logout),
        ]

    def _login(self, request: Request) -> Response:
        form = parse_qs(request.body.decode("utf-8", "replace"))
        user, password = form.get("user", [""])[0], form.get("password", [""])[0]
        if not user or password != "secret":  # noqa: S105 - a mock's password is no secret
            return Response(401, b"wrong user or password", TEXT)
        session = os.urandom(16).hex()
        self._users[session] = user
        if len(self._users) > _KEPT:
            self._users.popitem(last=False)
        cookie = f"session={session}; Path=/; HttpOnly; SameSite=Lax"
        return Response(303, b"", TEXT, (("Set-Cookie", cookie), ("Location", "/account")))

    def _account(self, request: Request) -> Response:
        user = self._users.get(cookies_of(request).get("session", ""))
        return (
            json_response({"error": "log in first"}, 401) if user is None else json_response({"user": user})
        )

    def _logout(self, request: Request) -> Response:
        self._users.pop(cookies_of(request).get("session", ""), None)
        expired = "session=; Path=/; Max-Age=0"
        return Response(303, b"", TEXT, (("Set-Cookie", expired), ("Location", "/login")))
