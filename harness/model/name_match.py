"""Finds one of several names by a part of it."""

from __future__ import annotations

from collections.abc import Sequence

LATEST = "latest"


class NoMatch(LookupError):
    """No name, or more than one, matches. `str()` says which, and the remedy; the caller chooses the error's class."""


def match_name(name: str, known: Sequence[str], noun: str, remedy: str) -> str:
    """`name` itself where it is known, else the only known name that contains it; for `latest` the first.

    `noun` is what has the names, such as "run", and `remedy` what to do when none matches. Raises NoMatch.
    """
    if name in known:
        return name
    matching = list(known[:1]) if name == LATEST else [each for each in known if name in each]
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise NoMatch(f"no {noun} matches {name!r}; {remedy}")
    raise NoMatch(
        f"{len(matching)} {noun}s match {name!r}, among them {matching[0]}; use a longer part of the name"
    )
