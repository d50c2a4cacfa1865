"""The questions of the page Advise: one field for each key of a sheet of answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from harness.inputs.overrides import overridden, read_overrides
from harness.model.answers import Answers
from mock_upstream.config.toml import build

Kind = Literal["choice", "switch", "number", "whole", "text"]


@dataclass(frozen=True, slots=True)
class Question:
    """One field: its dotted key in the sheet, what it asks, and what may be answered."""

    key: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()
    help: str = ""


COST = "Low where the caller has another response; high where money or data is lost."
SHARE = "1 where no other service calls this upstream."
LEARNED = "A folder that `surgeline learn` wrote, relative to the sheet, in place of the values beside it."
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH")
GROUPS: dict[str, tuple[Question, ...]] = {
    "The call": (
        Question("method", "Method", "choice", METHODS),
        Question("failure_cost", "Cost of a failed call", "choice", ("low", "medium", "high"), COST),
        Question("idempotency_key", "Header of an idempotency key", "text"),
        Question("idempotent", "May be executed twice", "switch"),
    ),
    "The load": (
        Question("budget_s", "Latency budget of the caller (s)", "number"),
        Question("peak_per_s", "Expected peak (calls/s)", "number"),
        Question("burstiness", "Burstiness", "choice", ("steady", "bursty")),
        Question("burst_factor", "Rate in bursts over the peak", "number"),
    ),
    "The upstream": (
        Question("upstream.workers", "Workers of the upstream", "whole"),
        Question("upstream.median_s", "Median service time (s)", "number"),
        Question("upstream.p99_s", "p99 of service times (s)", "number"),
        Question("upstream.errors", "Share of failed attempts (0 to 1)", "number"),
        Question("share", "Share of its traffic (0 to 1)", "number", help=SHARE),
        Question("upstream.learned", "Learned folder", "text", help=LEARNED),
    ),
    "Review": (
        Question("owner.team", "Team that owns the policy", "text"),
        Question("owner.contact", "How to reach it", "text"),
        Question("review_by", "Next review (year-month-day)", "text"),
        Question("compliance", "Changes are shown to an auditor", "switch"),
    ),
}
QUESTIONS = tuple(question for questions in GROUPS.values() for question in questions)


def value_of(answers: Answers, key: str) -> Any:
    """The answer of a sheet to one question; None where it has none. A day is text."""
    found: Any = answers
    for part in key.split("."):
        found = getattr(found, part, None)
    return found.isoformat() if isinstance(found, date) else found


def changes(answers: Answers, given: Mapping[str, Any]) -> list[str]:
    """What was answered otherwise than in the sheet, as `KEY=VALUE`; an answer that was taken out is `KEY=`."""
    found = []
    for question in QUESTIONS:
        before, after = value_of(answers, question.key), given.get(question.key)
        before, after = None if before == "" else before, None if after == "" else after
        if before != after:
            found.append(f"{question.key}={'' if after is None else json.dumps(after)}")
    return found


def changed(answers: Answers, changes: Iterable[str]) -> Answers:
    """The sheet with these changes. Raises ConfigError, which names the key."""
    table = answers.model_dump(exclude_none=True, exclude_unset=True)
    set_ = [each for each in changes if not each.endswith("=")]
    overrides = read_overrides((f"answers.{each}" for each in set_), ("answers",))
    table = overridden(table, "answers", overrides)
    for taken_out in set(changes) - set(set_):
        *outer, name = taken_out.removesuffix("=").split(".")
        holder: Any = table.get(outer[0], {}) if outer else table
        holder.pop(name, None)
    owner = table.get("owner")
    if isinstance(owner, dict) and not owner.get("team"):
        table.pop("owner")
    return build(Answers, table, "answers")
