"""Sends each call of a Session through the arm that is chosen for it."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol

import requests
from requests.adapters import BaseAdapter

from harness.session.routing.arm import Arm
from harness.session.trace.hooks import method_of

Through = Callable[[Arm, dict[str, Any]], requests.Response]
"""Sends the call by an arm, with keyword arguments of `Session.send`."""


class ArmChoice(Protocol):
    """Whoever chooses the arm of a call. `renew` is called in a forked child, which may use nothing of its parent's."""

    def call(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any], through: Through
    ) -> requests.Response:
        """Sends one call through an arm, or through several."""

    def renew(self) -> None:
        """Takes arms of its own."""

    def close(self) -> None:
        """Closes the connections of its arms: the Session was closed."""


class CallRouter:
    """Routes the calls of one Session, which keeps its own headers, cookies, hooks and auth.

    What a call is prepared with is the Session's; how it is sent is the arm's. An adapter that the service mounts
    itself takes part in no arm.
    """

    def __init__(self, session: requests.Session, route: ArmChoice) -> None:
        self.renew, self._built_with = route.renew, frozenset(map(id, session.adapters.values()))
        owner, send = weakref.ref(session), method_of(session, "send")
        get_adapter, close = method_of(session, "get_adapter"), method_of(session, "close")

        def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            if self._chosen() is not None:  # A redirect's hop belongs to the call it is in.
                return send(owner(), request, **kwargs)  # type: ignore[no-any-return]

            def through(arm: Arm, kwargs: dict[str, Any]) -> requests.Response:
                token = _CHOSEN.set((self, arm))
                try:
                    return arm.call(request, kwargs, lambda: send(owner(), request, **kwargs))
                finally:
                    _CHOSEN.reset(token)

            return route.call(request, kwargs, through)

        def adapter(url: str) -> BaseAdapter:
            own: BaseAdapter = get_adapter(owner(), url)
            arm = self._chosen()
            return own if arm is None or id(own) not in self._built_with else arm.adapter(url)

        def closed() -> None:
            close(owner())
            route.close()

        session.__dict__.update(send=sent, get_adapter=adapter, close=closed, _surgeline_router=self)
        _ROUTERS.add(self)

    def _chosen(self) -> Arm | None:
        chosen = _CHOSEN.get()
        return chosen[1] if chosen is not None and chosen[0] is self else None


_CHOSEN: ContextVar[tuple[CallRouter, Arm] | None] = ContextVar("arm", default=None)
_ROUTERS: weakref.WeakSet[CallRouter] = weakref.WeakSet()


def _after_fork() -> None:
    for router in list(_ROUTERS):
        router.renew()


os.register_at_fork(after_in_child=_after_fork)
