"""The policy's timeouts for requests that name none: requests itself has no such setting."""

from __future__ import annotations

import weakref
from typing import Any

import requests

from harness.session.trace.hooks import method_of

Timeout = tuple[float | None, float | None]


def set_default_timeout(session: requests.Session, timeout: Timeout | None) -> requests.Session:
    """Has every request of a Session that names no timeout get this one. Returns the same Session."""
    if timeout is None:
        return session
    owner, send = weakref.ref(session), method_of(session, "send")

    def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = timeout
        return send(owner(), request, **kwargs)  # type: ignore[no-any-return]

    session.__dict__["send"] = sent
    return session
