"""One policy of a routed Session: its adapters with their pools, its guards, its timeouts, and its calls under way."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from itertools import count
from typing import Any

import requests
from requests.adapters import BaseAdapter

from harness.model.policy import Policy
from harness.session.build.session import session_maker, timeout
from harness.session.resilience.controls import Controls
from harness.session.trace.hooks import add_pool_hook

Send = Callable[[], requests.Response]
TUNED = ("description", "timeout.connect_s", "timeout.read_s", "adapter.pool_maxsize")
"""Settings that, beside those of the limiter, change without new connections and guards."""


class Arm:
    """Never shares a connection or a guard with another arm. Safe for several threads.

    `template` is the Session as the policy builds it; it sends nothing, its adapters and settings are used.
    """

    def __init__(self, policy: Policy) -> None:
        """Raises ConfigError when a secret or the policy's factory cannot be used."""
        self.policy, self.timeout = policy, timeout(policy)
        self.template = session_maker(policy)()
        self.controls = Controls(policy)
        self._begun, self._ended, self._retired = count(), count(), False
        for adapter in self._adapters():
            add_pool_hook(adapter, self.controls.hooks.on_pool)

    def adapter(self, url: str) -> BaseAdapter:
        """The adapter that the policy has for a URL. Raises InvalidSchema for a scheme that it lacks."""
        return self.template.get_adapter(url)

    def call(
        self, request: requests.PreparedRequest, kwargs: dict[str, Any], send: Send
    ) -> requests.Response:
        """Sends one call under the policy's guards. `kwargs` get the policy's timeouts where they name none."""
        if self.timeout is not None and kwargs.get("timeout") is None:
            kwargs["timeout"] = self.timeout
        next(self._begun)
        try:
            return self.controls.hooks.call(request, kwargs, send)
        finally:
            next(self._ended)
            if self._retired and self.under_way == 0:
                self.close()

    def retune(self, policy: Policy, changed: Collection[str]) -> bool:
        """Takes a policy of which these settings differ, keeping the connections; False where that is not possible."""
        if not all(key in TUNED or key.startswith("limiter") for key in changed):
            return False
        if any(key.startswith("limiter") for key in changed):
            self.controls.take_limiter(policy.limiter)
        if "adapter.pool_maxsize" in changed:
            self.controls.set_pool_maxsize(policy.adapter.pool_maxsize)
        self.policy, self.timeout = policy, timeout(policy)
        return True

    @property
    def under_way(self) -> int:
        """Calls that have begun and not ended."""
        return _so_far(self._begun) - _so_far(self._ended)

    def retire(self) -> None:
        """Closes the connections once no call is under way; no further call begins here."""
        self._retired = True
        if self.under_way == 0:
            self.close()

    def close(self) -> None:
        """Closes the connections that are in the pools now. A body that is being streamed is read to its end."""
        for adapter in self._adapters():
            adapter.close()

    def abandon(self) -> None:
        """After a fork, in the child: closes this process's copies of idle sockets, and waits for no lock."""
        for adapter in self._adapters():
            pools = getattr(getattr(adapter, "poolmanager", None), "pools", None)
            for pool in list(getattr(pools, "_container", {}).values()):
                for connection in list(getattr(pool.pool, "queue", ())):
                    with suppress(Exception):
                        connection.close()

    def _adapters(self) -> list[BaseAdapter]:
        return list({id(adapter): adapter for adapter in self.template.adapters.values()}.values())


def _so_far(counter: count[int]) -> int:
    """How often `next` was called; calling it is one step of the interpreter, so that threads need no lock."""
    return int(counter.__reduce__()[1][0])
