"""HTTP to this machine's own addresses, which the environment's proxies must never carry."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from http.client import HTTPResponse
from urllib.parse import urlsplit

from harness.model.allowed_targets import LOOPBACK_NAMES, is_loopback

_BYPASS = ("no_proxy", "NO_PROXY")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def open_url(request: urllib.request.Request, timeout_s: float) -> HTTPResponse:
    """The response to a request; one to loopback passes no proxy.

    Raises OSError, and HTTPError for a status of 400 and above.
    """
    own = is_loopback(urlsplit(request.full_url).hostname or "")
    opener = _DIRECT.open if own else urllib.request.urlopen
    response: HTTPResponse = opener(request, timeout=timeout_s)
    return response


def bypassing_loopback(environment: Mapping[str, str], host: str = "") -> dict[str, str]:
    """The environment, in which clients send requests to loopback, and to `host`, without a proxy.

    requests, httpx and urllib read `no_proxy` first, and `NO_PROXY` where it is not set.
    """
    given = next((environment[name] for name in _BYPASS if environment.get(name)), "")
    hosts = [part.strip() for part in given.split(",") if part.strip()]
    bypassed = ",".join(dict.fromkeys([*hosts, *LOOPBACK_NAMES, *([host] if host else [])]))
    return {**environment, **dict.fromkeys(_BYPASS, bypassed)}


def catching_loopback(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the variables whose proxy would carry requests to 127.0.0.1, sorted."""
    given = next((environment[name] for name in _BYPASS if environment.get(name)), "")
    hosts = {part.strip() for part in given.split(",")}
    if hosts & {"*", "127.0.0.1", "127.0.0.0/8"}:
        return ()
    names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    return tuple(sorted(name for name in names if environment.get(name)))
