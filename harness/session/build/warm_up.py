"""Connections that are opened before the first call."""

from __future__ import annotations

from typing import Any

import requests
from urllib3.connectionpool import HTTPConnectionPool


def open_connections(session: requests.Session, url: str, connections: int) -> int:
    """Opens this number of connections to the URL's host and leaves them in the pool; returns how many succeeded.

    Nothing is sent on them. A host that cannot be reached is no error here: the first call reports it.
    """
    request = requests.Request("GET", url).prepare()
    settings = session.merge_environment_settings(url, {}, None, None, None)
    adapter: Any = session.get_adapter(url)
    pool: HTTPConnectionPool = adapter.get_connection_with_tls_context(
        request, settings["verify"], proxies=settings["proxies"], cert=settings["cert"]
    )
    taken: list[Any] = []
    opened = 0
    try:
        for _ in range(connections):
            taken.append(pool._get_conn())
            taken[-1].connect()
            opened += 1
    except Exception:  # noqa: S110 - whatever hinders it, the first call meets it too and says so
        pass
    finally:
        for conn in reversed(taken):
            pool._put_conn(conn)
    return opened
