"""What a policy sets on a Session itself: headers, parameters, cookies, proxies, auth and TLS, taken from another."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import requests

MAPPINGS = ("headers", "params", "proxies")
VALUES = ("auth", "verify", "cert", "max_redirects", "trust_env", "stream")


def take_settings(session: requests.Session, old: requests.Session, new: requests.Session) -> None:
    """Gives a Session the settings of `new` where it still has those of `old`; what the service set itself stays."""
    for name in MAPPINGS:
        take_mapping(getattr(session, name), getattr(old, name), getattr(new, name))
    for name in VALUES:
        if getattr(session, name) == getattr(old, name):
            setattr(session, name, getattr(new, name))
    for cookie in new.cookies:
        if cookie.name not in old.cookies or cookie.value != old.cookies.get(cookie.name):
            session.cookies.set_cookie(cookie)


def take_mapping(
    own: MutableMapping[str, Any], old: MutableMapping[str, Any], new: MutableMapping[str, Any]
) -> None:
    """Gives `own` the values of `new` where it still has those of `old`."""
    for key in [key for key in old if key not in new and own.get(key) == old[key]]:
        del own[key]
    for key, value in new.items():
        if own.get(key) == old.get(key):
            own[key] = value
