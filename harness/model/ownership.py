"""Who answers for a file, until when it was reviewed, and which of its settings are meant to be temporary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from mock_upstream.config.toml import Frozen

LABELS = ("name", "description", "owner", "review_by", "flag")
"""Keys of policies and scenarios that change nothing of what a run does."""

Day = Annotated[date, Field(strict=False)]  # JSON has no type for days: they are ISO strings


class FileOwner(Frozen):
    """The team that answers for a file, and how to reach it."""

    team: Annotated[str, Field(min_length=1, max_length=100)]
    contact: Annotated[str, Field(max_length=200)] = ""


class Flag(Frozen):
    """A setting that is meant to be temporary: its dotted key in this file, until which day, and why."""

    key: Annotated[str, Field(min_length=1, max_length=200)]
    until: Day
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReviewFinding:
    """What is missing or out of date in one file; `kind` is the same in JSON."""

    file: str
    kind: Literal["owner", "review", "flag"]
    problem: str


def review_findings(
    file: str,
    owner: FileOwner | None,
    review_by: date | None,
    flags: Iterable[Flag],
    settings: Mapping[str, object],
    today: date,
) -> list[ReviewFinding]:
    """What has to be done about a file by `today`. `settings` is its content, as nested tables."""
    found = []
    if owner is None:
        found.append(ReviewFinding(file, "owner", 'has no owner; add [owner] with team = "…"'))
    if review_by is None:
        found.append(ReviewFinding(file, "review", "has no review_by; add the day of the next review"))
    elif review_by < today:
        problem = f"was to be reviewed by {review_by}; review it, and set review_by to the next day of review"
        found.append(ReviewFinding(file, "review", problem))
    for flag in flags:
        if _value_at(settings, flag.key) is None:
            problem = f"has a flag for {flag.key}, which is not set; remove the flag"
            found.append(ReviewFinding(file, "flag", problem))
        elif flag.until < today:
            problem = f"has {flag.key} as a temporary setting until {flag.until}; remove it, or the flag"
            found.append(ReviewFinding(file, "flag", problem))
    return found


def _value_at(settings: object, key: str) -> object | None:
    for part in key.split("."):
        if not isinstance(settings, Mapping):
            return None
        settings = settings.get(part)
    return settings
