"""Endpoints that respond like httpbin, one family per file."""

from mock_upstream.endpoints.httpbin import (
    auth,
    caching,
    compression,
    cookies,
    delays,
    digest,
    formats,
    images,
    inspection,
    methods,
    redirects,
    statuses,
    streams,
)
from mock_upstream.endpoints.router import Endpoint

_FAMILIES = (
    auth,
    caching,
    compression,
    cookies,
    delays,
    digest,
    formats,
    images,
    inspection,
    methods,
    redirects,
    statuses,
    streams,
)


def endpoints() -> list[Endpoint]:
    """Return every endpoint of every family."""
    return [endpoint for family in _FAMILIES for endpoint in family.ENDPOINTS]
