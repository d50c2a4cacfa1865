"""The headers with which every response allows pages of other sites to read it, as httpbin's do."""

from mock_upstream.http.request import Request

ANY_ORIGIN = b"Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n"
"""The lines of a response to a request without an Origin."""
_PREFLIGHT = b"Access-Control-Allow-Methods: GET, POST, PUT, DELETE, PATCH, OPTIONS\r\nAccess-Control-Max-Age: 3600\r\n"


def cross_origin_lines(request: Request) -> bytes:
    """Return the lines for the request's Origin, and for OPTIONS those of a preflight request."""
    origin = request.header(b"origin")
    lines = ANY_ORIGIN if origin is None else ANY_ORIGIN.replace(b"*", origin.encode("latin-1"))
    if request.method != "OPTIONS":
        return lines
    wanted = request.header(b"access-control-request-headers")
    allowed = b"" if wanted is None else f"Access-Control-Allow-Headers: {wanted}\r\n".encode("latin-1")
    return lines + _PREFLIGHT + allowed
