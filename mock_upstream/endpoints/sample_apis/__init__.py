"""Stateful services: those that the journeys need, including some where a repeated request does harm."""

from time import monotonic

from mock_upstream.endpoints.router import Endpoint
from mock_upstream.endpoints.sample_apis.accounts import Accounts
from mock_upstream.endpoints.sample_apis.downloads import Downloads
from mock_upstream.endpoints.sample_apis.orders import Orders
from mock_upstream.endpoints.sample_apis.tenants import Tenants
from mock_upstream.endpoints.sample_apis.tokens import Tokens


def endpoints() -> list[Endpoint]:
    """Return the endpoints of fresh services."""
    services = (Orders(), Accounts(), Tokens(monotonic), Tenants(), Downloads())
    return [endpoint for service in services for endpoint in service.endpoints()]
