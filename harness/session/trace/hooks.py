"""The hooks on a Session, which use weak references, so that no object lives longer than without them.

A pool's sockets are closed when the last reference to the pool is dropped. A closure over a bound method would
create a reference cycle, and a Session per call would then keep its sockets until a later garbage collection.
So a hook refers to its object weakly.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3.connectionpool import HTTPConnectionPool

OnPool = Callable[[HTTPConnectionPool], None]

_MARK = "_surgeline"


def method_of(owner: Any, name: str) -> Callable[..., Any]:
    """The method as it is now, taking its owner as first argument, so that holding it does not hold the owner.

    A replacement on the instance itself is respected.
    """
    if name in owner.__dict__:
        inner: Callable[..., Any] = owner.__dict__[name]
        return lambda _owner, *args, **kwargs: inner(*args, **kwargs)
    method: Callable[..., Any] = getattr(type(owner), name)
    return method


def add_hooks(session: requests.Session, on_pool: OnPool) -> requests.Session:
    """Calls `on_pool` once for each pool this Session uses from now on, before its next request.

    Adapters that are mounted later count too; an adapter that sends without urllib3's pools is not changed.
    Each `on_pool` is called once per pool, even if several Sessions or hooks share it. Returns the same Session.
    """
    listeners: list[OnPool] | None = session.__dict__.get(_MARK)
    if listeners is not None:
        _add(listeners, [on_pool])
        return session
    listeners = session.__dict__[_MARK] = [on_pool]
    owner, get_adapter = weakref.ref(session), method_of(session, "get_adapter")

    def tapped(url: str) -> BaseAdapter:
        adapter: BaseAdapter = get_adapter(owner(), url)
        known = adapter.__dict__.get(_MARK)
        if known != listeners:
            _add(_tap_adapter(adapter) if known is None else known, listeners)
        return adapter

    session.__dict__["get_adapter"] = tapped
    return session


def add_pool_hook(adapter: BaseAdapter, on_pool: OnPool) -> None:
    """Calls `on_pool` once for each pool of this adapter, before its first request."""
    known: list[OnPool] | None = adapter.__dict__.get(_MARK)
    _add(_tap_adapter(adapter) if known is None else known, [on_pool])


def _tap_adapter(adapter: BaseAdapter) -> list[OnPool]:
    """Returns the list of callbacks for the adapter's pools; empty at first."""
    listeners: list[OnPool] = []
    adapter.__dict__[_MARK] = listeners
    if not hasattr(adapter, "get_connection_with_tls_context"):
        return listeners
    owner, get_pool = weakref.ref(adapter), method_of(adapter, "get_connection_with_tls_context")

    def tapped(*args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool: HTTPConnectionPool = get_pool(owner(), *args, **kwargs)
        known = pool.__dict__.get(_MARK)
        if known != listeners:
            for on_pool in _add(pool.__dict__.setdefault(_MARK, []), listeners):
                on_pool(pool)
        return pool

    adapter.__dict__["get_connection_with_tls_context"] = tapped
    return listeners


def _add(known: list[OnPool], listeners: Sequence[OnPool]) -> list[OnPool]:
    """Adds those that are new, and returns them."""
    if known == listeners:
        return []
    new = [on_pool for on_pool in listeners if on_pool not in known]
    known += new
    return new
