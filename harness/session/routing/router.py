"""Sends each call of a Session through the arm that is chosen for it."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import requests
from requests.adapters import BaseAdapter

from harness.session.routing.arm import Arm
from harness.session.trace.hooks import method_of

Choose = Callable[[requests.PreparedRequest], Arm]
_CHOSEN: ContextVar[tuple[Router, Arm] | None] = ContextVar("arm", default=None)


class Router:
    """Routes the calls of one Session, which keeps its own headers, cookies, hooks and auth.

    What a call is prepared with is the Session's; how it is sent is the arm's. An adapter that the service mounts
    itself takes part in no arm. `renew` is called in a forked child, where nothing of the parent's may be used.
    """

    def __init__(self, session: requests.Session, choose: Choose, renew: Callable[[], None]) -> None:
        self._choose, self.renew = choose, renew
        self._built_with = frozenset(map(id, session.adapters.values()))
        owner, send = weakref.ref(session), method_of(session, "send")
        get_adapter = method_of(session, "get_adapter")

        def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            if self._chosen() is not None:  # A redirect's hop belongs to the call it is in.
                return send(owner(), request, **kwargs)  # type: ignore[no-any-return]
            arm = choose(request)
            token = _CHOSEN.set((self, arm))
            try:
                return arm.call(request, kwargs, lambda: send(owner(), request, **kwargs))
            finally:
                _CHOSEN.reset(token)

        def adapter(url: str) -> BaseAdapter:
            own: BaseAdapter = get_adapter(owner(), url)
            arm = self._chosen()
            return own if arm is None or id(own) not in self._built_with else arm.adapter(url)

        session.__dict__.update(send=sent, get_adapter=adapter)
        _ROUTERS.add(self)
        session.__dict__["_surgeline_router"] = self

    def _chosen(self) -> Arm | None:
        chosen = _CHOSEN.get()
        return chosen[1] if chosen is not None and chosen[0] is self else None


_ROUTERS: weakref.WeakSet[Router] = weakref.WeakSet()


def _after_fork() -> None:
    for router in list(_ROUTERS):
        router.renew()


os.register_at_fork(after_in_child=_after_fork)
