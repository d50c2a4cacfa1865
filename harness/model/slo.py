"""Thresholds: `p99(latency) < 250ms`, `ratio(error) < 1%`, `rate(goodput) > 190/s`, `amplification < 1.2`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field, field_validator

from harness.model.errors import Frozen

DURATIONS = ("latency", "pool_wait", "thread_wait", "connect", "backoff")
_SCALE = {"": 1.0, "us": 1e-6, "ms": 1e-3, "s": 1.0, "%": 1e-2, "/s": 1.0}
_UNITS = {"duration": ("us", "ms", "s"), "ratio": ("%", ""), "rate": ("/s",), "factor": ("",)}
_TOKEN = re.compile(r"\s*(<=|>=|<|>|\(|\)|[A-Za-z_][A-Za-z_0-9]*|\d+(?:\.\d+)?|%|/s|\S)")


class ThresholdSyntax(ValueError):
    """A threshold that can't be read; the message points at the character."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One line of an SLO. `limit` is in base units: seconds, a ratio of 1, or calls per second.

    `statistic` is `p50`…`p999` or `max` of a duration in seconds, `ratio` of errors, `rate` of goodput,
    or `factor` (attempts per call).
    """

    text: str
    statistic: str
    quantity: str
    comparison: Literal["<", "<=", ">", ">="]
    limit: float

    @property
    def upper(self) -> bool:
        """True when values above the limit break the threshold."""
        return self.comparison in {"<", "<="}

    @property
    def quantile(self) -> float | None:
        """0.99 for `p99`, None for a statistic that is not a percentile."""
        return float(f"0.{self.statistic[1:]}") if re.fullmatch(r"p\d+", self.statistic) else None

    @property
    def measurement(self) -> str:
        """The dotted name under which a run reports the measured value."""
        if self.quantity in DURATIONS:
            return f"{self.quantity}.{self.statistic}"
        return {"error": "error_ratio", "goodput": "goodput", "amplification": "amplification"}[self.quantity]


class _Reader:
    """Walks over one threshold's tokens and keeps the position for the complaint."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.start = text, 0, 0

    def next(self, wanted: str) -> str:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            self.start = len(self.text)
            raise self.error(f"{wanted} is missing")
        self.start, self.at = match.start(1), match.end()
        return match.group(1)

    def expect(self, symbol: str) -> None:
        if self.next(symbol) != symbol:
            raise self.error(f"expected {symbol!r}")

    def error(self, problem: str) -> ThresholdSyntax:
        return ThresholdSyntax(f"at character {self.start + 1} of {self.text!r}: {problem}")


def parse(text: str) -> Threshold:
    """Reads one threshold.

    Raises ThresholdSyntax with the character's position and what is expected there.
    """
    reader = _Reader(text)
    statistic, quantity, kind = _subject(reader)
    comparison = reader.next("a comparison")
    if comparison not in {"<", "<=", ">", ">="}:
        raise reader.error("expected one of < <= > >=")
    number = reader.next("a number")
    if not re.fullmatch(r"[\d.]+", number):
        raise reader.error("expected a number")
    limit = float(number) * _unit(reader, kind)
    return Threshold(text, statistic, quantity, comparison, limit)  # type: ignore[arg-type]


def _subject(reader: _Reader) -> tuple[str, str, str]:
    statistic = reader.next("a statistic")
    if statistic == "amplification":
        return "factor", "amplification", "factor"
    known = {"ratio": ("error",), "rate": ("goodput",), "max": DURATIONS}
    if re.fullmatch(r"p\d{2,3}", statistic):
        known[statistic] = DURATIONS
    if statistic not in known:
        raise reader.error(
            "expected p50, p95, p99, p999, max, ratio, rate or amplification"
            + _nearest(statistic, list(known))
        )
    reader.expect("(")
    quantity = reader.next("a quantity")
    if quantity not in known[statistic]:
        allowed = known[statistic]
        raise reader.error(f"expected {' or '.join(allowed)}" + _nearest(quantity, list(allowed)))
    reader.expect(")")
    return statistic, quantity, statistic if statistic in {"ratio", "rate"} else "duration"


def _unit(reader: _Reader, kind: str) -> float:
    units = _UNITS[kind]
    rest = reader.text[reader.at :].strip()
    if rest not in units:
        reader.start = reader.at
        named = " or ".join(u for u in units if u)
        raise reader.error(f"expected a unit, {named}" if named else "expected nothing more")
    return _SCALE[rest]


def _nearest(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


class Slo(Frozen):
    """What the scenario promises its users, and how much of the start is not counted."""

    warmup_s: Annotated[float, Field(ge=0)] = 5.0
    thresholds: tuple[str, ...] = ()

    @field_validator("thresholds")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse(text)
        return value

    @property
    def parsed(self) -> tuple[Threshold, ...]:
        """The thresholds, read."""
        return tuple(parse(text) for text in self.thresholds)
