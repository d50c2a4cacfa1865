"""The questions of `surgeline advise` at a terminal, in the order of the file that they make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import typer

from harness.advise.contradictions import NEED_A_KEY
from harness.model.answers import Answers
from harness.model.errors import ConfigError
from mock_upstream.config.numbers import finite_number, whole_number
from mock_upstream.config.toml import build

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("name", "A name for this kind of call (lower case, digits, dots, dashes)", ""),
    ("failure_cost", "What does a failed call cost? low, medium or high", "medium"),
    ("burstiness", "How do calls come? steady or bursty", "steady"),
    ("burst_factor", "How many times the peak is the rate in bursts?", "2"),
    ("compliance", "Must each change of the policy be shown to an auditor? yes or no", "no"),
    ("method", "Which HTTP method?", "GET"),
    ("idempotent", "May a request be executed twice? yes or no", "yes"),
    ("idempotency_key", "Which header marks a repeated request? (empty: none)", ""),
    ("budget_s", "The latency budget of the caller, in seconds", ""),
    ("share", "This service's share of the upstream's traffic, 0 to 1", "1"),
    ("peak_per_s", "The expected peak, in calls per second", ""),
    ("owner.team", "Which team owns the policy? (empty: unknown)", ""),
    ("review_by", "By which day is it reviewed again, such as 2027-06-30? (empty: unknown)", ""),
    ("upstream.learned", "A folder that `surgeline learn` wrote (empty: none)", ""),
    ("upstream.workers", "How many requests does the upstream serve at once? (empty: unknown)", ""),
    ("upstream.median_s", "Its median service time, in seconds (empty: unknown)", ""),
    ("upstream.p99_s", "The p99 of its service time, in seconds (empty: unknown)", ""),
    ("upstream.errors", "The share of attempts that it fails, 0 to 1 (empty: unknown)", ""),
)
YES_OR_NO = {"yes": True, "y": True, "no": False, "n": False}
WHETHER = {"compliance", "idempotent"}
NUMBERS = {
    "burst_factor",
    "budget_s",
    "share",
    "peak_per_s",
    "upstream.median_s",
    "upstream.p99_s",
    "upstream.errors",
}


def ask() -> Answers:
    """Asks each question that applies, and again whose answer cannot be used."""
    given: dict[str, object] = {}
    for key, question, usual in QUESTIONS:
        if _applies(key, given):
            given[key] = _asked(question, usual, key)
    while True:
        try:
            return build(Answers, _table(given), "answers")
        except ConfigError as problem:
            wrong = next((each for each in QUESTIONS if each[0] == problem.key), None)
            if wrong is None:
                raise
            typer.echo(f"{problem.key} {problem.problem}", err=True)
            given[problem.key] = _asked(wrong[1], wrong[2], problem.key)


def _applies(key: str, given: Mapping[str, object]) -> bool:
    """Whether a question has more than one answer after those that were given."""
    if key == "burst_factor":
        return given.get("burstiness") == "bursty"
    if key == "idempotent":
        return given.get("method") in NEED_A_KEY
    if key == "idempotency_key":
        return given.get("idempotent") is True
    if key.startswith("upstream.") and key != "upstream.learned":
        return not given.get("upstream.learned")
    return True


def _asked(question: str, usual: str, key: str) -> object:
    """The answer as its type; as text where it is of another, so that the check names the key."""
    text = str(typer.prompt(question, default=usual or "", show_default=bool(usual))).strip()
    if key in WHETHER:
        return YES_OR_NO.get(text.lower(), text)
    if key == "upstream.workers":
        number = whole_number(text)
        return text if number is None else number
    if key in NUMBERS:
        found = finite_number(text)
        return text if found is None else found
    if key == "review_by":
        return _day(text)
    return text.upper() if key == "method" else text


def _day(text: str) -> object:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _table(given: Mapping[str, object]) -> dict[str, object]:
    """The answers as in a file: dotted keys as tables, no key for what is unknown; GET and its like are idempotent."""
    table: dict[str, Any] = {}
    for key, value in {"idempotent": True, **given}.items():
        outer, dot, inner = key.rpartition(".")
        if value != "":
            (table.setdefault(outer, {}) if dot else table)[inner] = value
    return table
