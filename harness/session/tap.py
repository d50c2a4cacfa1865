"""Where we listen in on a Session: weakly, so that nothing lives longer than it would without us.

A pool's sockets are closed when the last reference to the pool goes, and that happens at once in a Session
without us. A closure over a bound method would make a cycle of it, and a Session per call would then keep its
sockets until some later collection. So what we put on an object refers to that object weakly.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3.connectionpool import HTTPConnectionPool

OnPool = Callable[[HTTPConnectionPool], None]

_MARK = "_surgeline"


def method_of(owner: Any, name: str) -> Callable[..., Any]:
    """The method as it is now, taking its owner as first argument, so that holding it does not hold the owner.

    What somebody else has put on the instance itself is respected.
    """
    if name in owner.__dict__:
        inner: Callable[..., Any] = owner.__dict__[name]
        return lambda _owner, *args, **kwargs: inner(*args, **kwargs)
    method: Callable[..., Any] = getattr(type(owner), name)
    return method


def tap(session: requests.Session, on_pool: OnPool) -> requests.Session:
    """Calls `on_pool` once for each pool this Session uses from now on, before its next request.

    Adapters that are mounted later count too; an adapter that sends without urllib3's pools is left alone.
    Each `on_pool` is told of a pool once, however many Sessions or taps share it. Returns the same Session.
    """
    if on_pool in session.__dict__.setdefault(_MARK, []):
        return session
    session.__dict__[_MARK].append(on_pool)
    owner, get_adapter = weakref.ref(session), method_of(session, "get_adapter")

    def tapped(url: str) -> BaseAdapter:
        adapter: BaseAdapter = get_adapter(owner(), url)
        if on_pool not in adapter.__dict__.get(_MARK, ()):
            _tap_adapter(adapter, on_pool)
        return adapter

    session.__dict__["get_adapter"] = tapped
    return session


def _tap_adapter(adapter: BaseAdapter, on_pool: OnPool) -> None:
    adapter.__dict__.setdefault(_MARK, []).append(on_pool)
    if not hasattr(adapter, "get_connection_with_tls_context"):
        return
    owner, get_pool = weakref.ref(adapter), method_of(adapter, "get_connection_with_tls_context")

    def tapped(*args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool: HTTPConnectionPool = get_pool(owner(), *args, **kwargs)
        known = pool.__dict__.get(_MARK)
        if known is None:
            known = pool.__dict__[_MARK] = []
        if on_pool not in known:
            known.append(on_pool)
            on_pool(pool)
        return pool

    adapter.__dict__["get_connection_with_tls_context"] = tapped
