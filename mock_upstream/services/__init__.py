"""Services with a memory: what the journeys need, and where a replay does harm."""

from mock_upstream.router import Endpoint
from mock_upstream.services.orders import Orders


def endpoints() -> list[Endpoint]:
    """Return the endpoints of fresh services."""
    return [endpoint for service in (Orders(),) for endpoint in service.endpoints()]
