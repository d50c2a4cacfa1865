"""Two tenants of one service: whatever the client shares, their data must never mix."""

from typing import Any

import requests

TENANTS = ("acme", "globex")
READS = 3


class TenantLeak(Exception):
    """A request for one tenant went out with another's cookie, or came back with another's data."""


def two_tenants(thread: Any) -> None:
    """Enters as one of the tenants and reads what is theirs, page after page; a leak is counted as a journey's error.

    `X-Tenant` says who is meant: an upstream that can compare answers 409 rather than with the wrong data. Leaks are
    what `session.scope = "process"` does to two tenants in one cookie jar; `scope = "user"` keeps them apart.
    """
    tenant = thread.random.choice(TENANTS)
    if not thread.client.get(f"/tenants/{tenant}/enter", name="GET /tenants/{tenant}/enter").ok:
        return
    for _ in range(READS):
        mine: requests.Response = thread.client.get("/mine", headers={"X-Tenant": tenant}, name="GET /mine")
        if mine.status_code == 409 or (mine.ok and mine.json()["tenant"] != tenant):
            raise TenantLeak("asked as one tenant, with the other's cookie")
