"""Endpoints that answer like httpbin, one family per file."""

from mock_upstream.httpbin import delays, methods, statuses
from mock_upstream.router import Endpoint


def endpoints() -> list[Endpoint]:
    """Return every endpoint of the family."""
    return [endpoint for family in (methods, statuses, delays) for endpoint in family.ENDPOINTS]
