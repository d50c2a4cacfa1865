"""Two tenants of one service, whose data must never mix, even with a shared client."""

from typing import Any

import requests

TENANTS = ("acme", "globex")
READS = 3


class TenantLeak(Exception):
    """A request for one tenant had another's cookie, or its response had another's data."""


def two_tenants(thread: Any) -> None:
    """Logs in as one of the tenants and reads its data, page after page; a leak is counted as a journey's error.

    `X-Tenant` names the tenant: with another tenant's cookie the upstream responds 409 rather than with wrong data.
    With `session.scope = "process"` two tenants share one cookie jar and leak; `scope = "user"` separates them.
    """
    tenant = thread.random.choice(TENANTS)
    if not thread.client.get(f"/tenants/{tenant}/enter", name="GET /tenants/{tenant}/enter").ok:
        return
    for _ in range(READS):
        mine: requests.Response = thread.client.get("/mine", headers={"X-Tenant": tenant}, name="GET /mine")
        if mine.status_code == 409 or (mine.ok and mine.json()["tenant"] != tenant):
            raise TenantLeak("a request for one tenant had the other tenant's cookie")
