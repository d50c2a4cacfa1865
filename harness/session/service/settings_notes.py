"""What the service's own Sessions are set to: read from each kind of them at its first request, and noted once.

A kind is the line of the service's code that makes the Session. Nothing of a live Session is changed or tried out.
"""

from __future__ import annotations

import sys
import weakref
from pathlib import Path
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.session.trace.hooks import method_of

MOST_KINDS = 20
_LIBRARIES = ("requests.", "harness.session.service.")


class _Notes(Protocol):
    def note(self, name: str, detail: str) -> None: ...


class SessionSettingsNotes:
    """One per process. `notes` gets one note for each kind of Session."""

    def __init__(self, notes: _Notes) -> None:
        self._notes, self._known = notes, set[str]()

    def watch(self, session: requests.Session) -> None:
        """Notes the settings of a Session that has just been made, when it sends its first request."""
        place = _maker()
        if place in self._known or len(self._known) >= MOST_KINDS:
            return
        owner, send = weakref.ref(session), method_of(session, "send")

        def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            made = owner()
            if place not in self._known and made is not None:
                self._known.add(place)
                self._notes.note("session read back", f"{place}: {settings_text(made, request, kwargs)}")
            return send(made, request, **kwargs)  # type: ignore[no-any-return]

        session.__dict__["send"] = sent


def settings_text(
    session: requests.Session, request: requests.PreparedRequest, kwargs: dict[str, Any]
) -> str:
    """The pool, the retries and the timeout with which a request is sent, without anything secret."""
    adapter = session.get_adapter(request.url or "")
    found = [f"adapter {type(adapter).__name__}"]
    if isinstance(adapter, HTTPAdapter):
        pool = {name: getattr(adapter, f"_{name}", "") for name in ("pool_connections", "pool_maxsize")}
        found += [f"{name} {value}" for name, value in pool.items()]
        found.append("pool_block true" if getattr(adapter, "_pool_block", False) else "pool_block false")
        retries: Retry = adapter.max_retries
        found.append(
            f"retries {retries.total}, of status codes {sorted(retries.status_forcelist or ()) or 'none'}"
        )
    timeout = kwargs.get("timeout")
    connect_s, read_s = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    found.append(f"connect timeout {_seconds(connect_s)}, read timeout {_seconds(read_s)}")
    return ", ".join(found)


def _seconds(timeout: object) -> str:
    return (
        f"{timeout:g} s" if isinstance(timeout, int | float) else "none" if timeout is None else str(timeout)
    )


def _maker() -> str:
    """The line that makes the Session, as FILE:LINE: the nearest one that is neither of requests nor of surgeline."""
    frame = sys._getframe(1)
    while frame.f_back is not None and f"{frame.f_globals.get('__name__', '')}.".startswith(_LIBRARIES):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
