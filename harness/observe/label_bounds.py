"""Bounds the sets of label values, for any journey and upstream."""

from __future__ import annotations

import re
from collections.abc import Callable

OTHER = "(other)"

# What looks like an id in a path: anything with a digit, an escape, or longer than words are. Versions are not.
_ID = re.compile(r"(?=[^/]*\d|[^/]*%|[^/]{25})[^/]+")
_VERSION = re.compile(r"v\d{1,2}")
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})


class Bounded:
    """Lets the first `at_most` different values pass, and replaces every further one by `(other)`."""

    def __init__(self, at_most: int, shape: Callable[[str], str] = str) -> None:
        self._at_most, self._shape = at_most, shape
        self._known: dict[str, str] = {}
        self._shapes: set[str] = set()

    def __call__(self, value: str) -> str:
        """The label's value for this one."""
        known = self._known.get(value)
        if known is not None:
            return known
        shaped = self._shape(value)
        if shaped not in self._shapes:
            if len(self._shapes) >= self._at_most:
                return OTHER
            self._shapes.add(shaped)
        if (
            len(self._known) < 16 * self._at_most
        ):  # A cache of the first values; ids would fill it without benefit.
            self._known[value] = shaped
        return shaped


def route_template(route: str) -> str:
    """A path with `{id}` for each segment that looks like one; a name that is not a path is not changed."""
    if not route.startswith("/"):
        return route
    segments = route.split("?", 1)[0].split("/")
    return "/".join(s if _VERSION.fullmatch(s) or not _ID.fullmatch(s) else "{id}" for s in segments)


def method(name: str) -> str:
    """The method as OpenTelemetry names it: `_OTHER` for one that HTTP does not define."""
    return name if name in _METHODS else "_OTHER"
