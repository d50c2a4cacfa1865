"""An auth class in a module that patches requests, as some instrumentation does: every pool has three slots."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase


class Patching(AuthBase):
    """Signs nothing."""

    def __init__(self) -> None:
        HTTPAdapter.init_poolmanager = _small_pools  # type: ignore[method-assign]

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


_init = HTTPAdapter.init_poolmanager


def _small_pools(self: HTTPAdapter, connections: int, maxsize: int, *args: Any, **kwargs: Any) -> None:
    _init(self, connections, 3, *args, **kwargs)
