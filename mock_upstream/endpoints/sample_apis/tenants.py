"""/tenants: data that must never reach another tenant, whatever the client's pool and cookies do."""

from mock_upstream.endpoints.httpbin.cookies import cookies_of, set_cookie
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import TEXT, Response, json_response


class Tenants:
    """`/tenants/{tenant}/enter` sets a cookie; `/mine` responds for the tenant of the cookie.

    A client that names its tenant in `X-Tenant` gets 409 when its cookie belongs to another one: the client has leaked
    a cookie, which is counted in `/tenants/leaks`.
    """

    def __init__(self) -> None:
        self._leaks = 0

    def endpoints(self) -> list[Endpoint]:
        """Return the endpoints."""
        return [
            Endpoint("GET POST", "/tenants/{tenant}/enter", self._enter),
            Endpoint("GET", "/tenants/leaks", lambda request: json_response({"leaks": self._leaks})),  # noqa: ARG005
            Endpoint("GET", "/mine", self._mine),
        ]

    def _enter(self, request: Request) -> Response:
        tenant = request.params[0]
        return json_response({"tenant": tenant}, headers=(set_cookie(request, "tenant", tenant),))

    def _mine(self, request: Request) -> Response:
        tenant, meant = cookies_of(request).get("tenant"), request.header(b"x-tenant")
        if tenant is None:
            return Response(401, b"there is no tenant's cookie; request /tenants/{tenant}/enter first", TEXT)
        if meant is not None and meant != tenant:
            self._leaks += 1
            return json_response({"error": "this cookie is another tenant's", "tenant": tenant}, 409)
        items = [f"{tenant}-{number}" for number in range(1, 4)]
        return json_response({"tenant": tenant, "items": items}, headers=(("Cache-Control", "private"),))
