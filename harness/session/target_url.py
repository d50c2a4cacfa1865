"""Reads the URL of a target as requests does, so that both see the same host."""

from __future__ import annotations

from harness.model.errors import TargetError

OPTION = "--target"


def target_host(url: str) -> str:
    """The host of the URL. Raises TargetError for one that is not `http://HOST:PORT` with at most a path."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        parts = parse_url(url)
    except LocationParseError:
        raise _refused(url, "is not a URL") from None
    if "\\" in url:  # Readers of URLs disagree about where the host begins.
        raise _refused(url, "contains a backslash")
    if parts.auth is not None:
        shown = url.replace(f"{parts.auth}@", "***@") if f"{parts.auth}@" in url else "***"
        raise _refused(shown, "contains credentials, which belong into [session.auth]")
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise _refused(url, "is not a URL of http or https")
    if parts.port == 0:
        raise _refused(url, "has port 0, to which nothing can connect")
    if parts.query is not None or parts.fragment is not None:
        raise _refused(url, "has a query or a fragment")
    return parts.host.strip("[]")


def _refused(shown: str, problem: str) -> TargetError:
    return TargetError(OPTION, repr(shown)[1:-1], f"{problem}; write http://HOST:PORT")
