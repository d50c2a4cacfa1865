"""Who may use the control API: requests to one of its own names, not from another site, and with the token."""

import hmac
from collections.abc import Collection

from aiohttp import web
from aiohttp.typedefs import Handler

from mock_upstream.config.errors import SurgelineError
from mock_upstream.toxiproxy.proxies import ToxiproxyError

_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def host_name(authority: str) -> str:
    """Return the name in `name`, `name:port`, `[address]` or `[address]:port`, in lower case without brackets."""
    bracketed = authority.startswith("[")
    return (authority[1:].partition("]") if bracketed else authority.partition(":"))[0].lower()


class AccessCheck:
    """Refuses requests before they have an effect, and reports every error as one line of JSON.

    A site in a browser can point a name of its own at the upstream's address (DNS rebinding), but cannot change
    the name that the browser sends. So a request must name the loopback, the address that it has reached, or one
    of `names`.
    """

    def __init__(self, names: Collection[str], token: str) -> None:
        self._names = _OWN_NAMES | {name.lower() for name in names}
        self._token = token

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse the request, or handle it."""
        try:
            return self._refusal(request) or await handler(request)
        except ToxiproxyError as error:
            return error_response(error.status, error.problem)
        except SurgelineError as error:
            return error_response(400, str(error))

    def _refusal(self, request: web.Request) -> web.Response | None:
        hosts = request.headers.getall("Host", [""])
        if not all(self._is_own(host_name(host), request) for host in hosts):
            return error_response(
                403, f"{_shown(hosts[-1])} is not a name of this control API: use 127.0.0.1, or --admin-name"
            )
        origin = request.headers.get("Origin")
        if origin is not None and origin.lower() != f"http://{hosts[0].lower()}":
            return error_response(
                403, "requests from other web sites are not allowed: remove the header Origin"
            )
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if self._token and not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            problem = "authentication is required: send the header Authorization: Bearer <token>"
            return error_response(401, problem, {"WWW-Authenticate": "Bearer"})
        return None

    def _is_own(self, name: str, request: web.Request) -> bool:
        reached = request.get_extra_info("sockname")
        return name in self._names or (bool(reached) and name == reached[0])


def error_response(status: int, problem: str, headers: dict[str, str] | None = None) -> web.Response:
    """Return an error in the format of Toxiproxy: the sentence, and the status."""
    return web.json_response({"error": problem, "status": status}, status=status, headers=headers)


def _shown(text: str) -> str:
    return (text if len(text) <= 60 else text[:57] + "...") or "a request without a Host header"
