"""Thresholds: `p99(latency) < 250ms`, `ratio(error) < 1%`, `rate(goodput) > 190/s`, `amplification < 1.2`.

Also for one route, `p99(latency{route="POST /orders"}) < 300ms`; in every window, `ratio(error) < 5% over any 10s`;
against a baseline run, `p99(latency) < 1.1x baseline`; and `recovery < 20s` after the scenario's last fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from harness.model.quantile import share_of
from harness.model.quantities import LATENCY, SLO_DURATIONS
from mock_upstream.config.toml import Frozen

_SCALE = {"": 1.0, "us": 1e-6, "ms": 1e-3, "s": 1.0, "%": 1e-2, "/s": 1.0}
_UNITS = {"duration": ("us", "ms", "s"), "ratio": ("%", ""), "rate": ("/s",), "factor": ("",)}
_ALONE = {"amplification": "factor", "recovery": "duration"}
_TOKEN = re.compile(r'\s*(<=|>=|<|>|[(){}=]|"[^"]*"|[A-Za-z_][A-Za-z_0-9]*|\d+(?:\.\d+)?|%|/s|\S)')
_WHOLE_RUN = 0.0


class ThresholdSyntax(ValueError):
    """A threshold that cannot be parsed; the message points at the character."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One line of an SLO. `limit` is in base units: seconds, a ratio of 1, or calls per second.

    `statistic` is `p50`…`p999` or `max` of a duration in seconds, `ratio` of errors, `rate` of goodput, `factor`
    (attempts per call), or `recovery` (seconds from the end of the last fault until the client has recovered). `route`
    narrows it to one route ("" for all). With `window_s` it must hold in every window of this length (0 for the run
    as a whole). When `relative`, `limit` is a multiple of what the baseline run measured.
    """

    text: str
    statistic: str
    quantity: str
    comparison: Literal["<", "<=", ">", ">="]
    limit: float
    route: str = ""
    window_s: float = _WHOLE_RUN
    relative: bool = False

    @property
    def upper(self) -> bool:
        """True when values above the limit break the threshold."""
        return self.comparison in {"<", "<="}

    @property
    def limits_errors(self) -> bool:
        """True when too many failed calls, below all of them, break the threshold by the run itself."""
        return self.quantity == "error" and self.upper and not self.relative and self.limit < 1

    @property
    def quantile(self) -> float | None:
        """0.99 for `p99`, None for a statistic that is not a percentile."""
        return share_of(self.statistic) if re.fullmatch(r"p\d+", self.statistic) else None

    @property
    def measured_name(self) -> str:
        """The dotted name under which a run reports the measured value for all routes and the run as a whole."""
        if self.quantity in SLO_DURATIONS:
            return f"{self.quantity}.{self.statistic}"
        return {"error": "error_ratio"}.get(self.quantity, self.quantity)

    @property
    def measurement(self) -> str:
        """The dotted name under which a run reports the measured value, with its route and window if it has any."""
        route = f'{{route="{self.route}"}}' if self.route else ""
        return self.measured_name + route + (f" over any {self.window_s:g}s" if self.window_s else "")


class _Reader:
    """Walks over one threshold's tokens and keeps the position for the error message."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.start = text, 0, 0

    def next(self, wanted: str) -> str:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            self.start = len(self.text)
            raise self.error(f"{wanted} is missing")
        self.start, self.at = match.start(1), match.end()
        return match.group(1)

    def peek(self) -> str:
        match = _TOKEN.match(self.text, self.at)
        return match.group(1) if match else ""

    def expect(self, symbol: str) -> None:
        if self.next(symbol) != symbol:
            raise self.error(f"expected {symbol!r}")

    def error(self, problem: str) -> ThresholdSyntax:
        return ThresholdSyntax(f"at character {self.start + 1} of {self.text!r}: {problem}")


def parse(text: str) -> Threshold:
    """Reads one threshold: SUBJECT COMPARISON LIMIT, or LIMIT as a multiple: `1.1x baseline`; then `over any 10s`.

    Raises ThresholdSyntax with the character's position and what is expected there.
    """
    reader = _Reader(text)
    statistic, quantity, kind = _subject(reader)
    route = _route(reader)
    if _closes(statistic):
        reader.expect(")")
        route = route or _route(reader)
    comparison = reader.next("a comparison")
    if comparison not in {"<", "<=", ">", ">="}:
        raise reader.error("expected one of < <= > >=")
    limit = _number(reader)
    relative = _relative(reader)
    if not relative:
        limit *= _unit(reader, kind)
    window_s = _window(reader, statistic)
    _end(reader)
    return Threshold(text, statistic, quantity, comparison, limit, route, window_s, relative)  # type: ignore[arg-type]


def _subject(reader: _Reader) -> tuple[str, str, str]:
    statistic = reader.next("a statistic")
    if statistic in _ALONE:
        return {"amplification": "factor"}.get(statistic, statistic), statistic, _ALONE[statistic]
    known = {"ratio": ("error",), "rate": ("goodput",), "max": SLO_DURATIONS}
    if re.fullmatch(r"p\d{2,3}", statistic):
        known[statistic] = SLO_DURATIONS
    if statistic not in known:
        raise reader.error(
            "expected p50, p95, p99, p999, max, ratio, rate, amplification or recovery"
            + _nearest(statistic, [*known, *_ALONE])
        )
    reader.expect("(")
    quantity = reader.next("a quantity")
    if quantity not in known[statistic]:
        allowed = known[statistic]
        raise reader.error(f"expected {' or '.join(allowed)}" + _nearest(quantity, list(allowed)))
    return statistic, quantity, statistic if statistic in {"ratio", "rate"} else "duration"


def _closes(statistic: str) -> bool:
    return statistic not in {"factor", "recovery"}


def _route(reader: _Reader) -> str:
    """Reads `{route="POST /orders"}`; "" when there is none."""
    if reader.peek() != "{":
        return ""
    reader.expect("{")
    reader.expect("route")
    reader.expect("=")
    quoted = reader.next("a route in double quotes")
    if len(quoted) < 3 or quoted[0] != '"':
        raise reader.error('expected a route in double quotes, such as "POST /orders"')
    reader.expect("}")
    return quoted[1:-1]


def _relative(reader: _Reader) -> bool:
    """Reads `x baseline`, if that is what follows."""
    if not re.match(r"x\s+baseline\b", reader.text[reader.at :]):
        return False
    reader.expect("x")
    reader.expect("baseline")
    return True


def _number(reader: _Reader) -> float:
    number = reader.next("a number")
    if not re.fullmatch(r"\d+(\.\d+)?", number):
        raise reader.error("expected a number")
    return float(number)


def _unit(reader: _Reader, kind: str) -> float:
    units, unit = _UNITS[kind], reader.peek()
    if unit in units and unit:
        reader.next("a unit")
        return _SCALE[unit]
    if "" in units and unit in {"", "over"}:
        return 1.0
    reader.start = reader.at
    named = " or ".join(u for u in units if u)
    raise reader.error(f"expected a unit, {named}" if named else "expected nothing more")


def _window(reader: _Reader, statistic: str) -> float:
    """Reads `over any 10s`; the whole run without it."""
    if reader.peek() != "over":
        return _WHOLE_RUN
    reader.expect("over")
    if statistic in {"recovery", "max"}:
        raise reader.error(f"{statistic} has no windows; remove it")
    reader.expect("any")
    length_s = _number(reader)
    if reader.next("a unit, s") != "s" or length_s <= 0:
        raise reader.error("expected seconds, such as 10s")
    return length_s


def _end(reader: _Reader) -> None:
    if reader.text[reader.at :].strip():
        reader.start = reader.at
        raise reader.error("expected `over any 10s` or nothing more")


def _nearest(word: str, known: list[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


FailedCalls = Literal["late", "apart"]


class Slo(Frozen):
    """The service level objective, and how much of the start is not counted.

    With `warmup = "mser"` the warm-up is estimated from the run, at least `warmup_s`, from the calls before the
    scenario's first change of conditions. With `failed_calls = "late"` a call that failed counts as infinitely late in
    every percentile and maximum of latency; with "apart" these cover successful calls only, and a limit of
    `ratio(error)` has to judge the failed ones.
    """

    warmup_s: Annotated[float, Field(ge=0)] = 5.0
    warmup: Literal["stated", "mser"] = "stated"
    failed_calls: FailedCalls = "late"
    thresholds: tuple[str, ...] = ()

    @field_validator("thresholds")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            parse(text)
        return value

    @model_validator(mode="after")
    def _failed_calls_are_judged(self) -> Slo:
        if self.failed_calls == "apart":
            limited = {t.route for t in self.parsed if t.limits_errors}
            routes = {t.route for t in self.parsed if t.quantity == LATENCY.name} or {""}
            if "" not in limited and (open_ := sorted(routes - limited)):
                of_it = f'ratio(error{{route="{open_[0]}"}})' if open_[0] else "ratio(error)"
                raise ValueError(
                    f'has failed_calls = "apart", but no limit of {of_it}, so that nothing judges the failed calls; '
                    f'add a threshold such as {of_it} < 1%, or use failed_calls = "late"'
                )
        return self

    @property
    def parsed(self) -> tuple[Threshold, ...]:
        """The thresholds, read."""
        return tuple(parse(text) for text in self.thresholds)

    @property
    def p99_limit_s(self) -> float | None:
        """The tightest limit of p99 over all routes, None without one."""
        limits = [
            t.limit
            for t in self.parsed
            if t.quantity == "latency" and t.quantile == 0.99 and t.upper and not (t.relative or t.route)
        ]
        return min(limits, default=None)
