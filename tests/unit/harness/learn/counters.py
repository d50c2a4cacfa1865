"""The counters of a service as a Prometheus would answer for them: known incidents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from harness.analyse.stats.effective_size import Floats
from harness.observe.prometheus_api import TimeSeries
from tests.unit.harness.learn.scrapes import Scrapes

START_S, SECONDS, RATE_PER_S, LATENCY_S = 1_800_000_000.0, 120, 50.0, 0.05
BOUNDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, float("inf"))
SLO = "p99(latency) < 250ms"
EVERY_SECOND = Scrapes(START_S + np.arange(SECONDS + 1.0))


@dataclass
class Counters:
    """Calls, each with its end, its latency, outcome and status, in answer to the queries of `learn`."""

    ended_s: Floats
    latency_s: Floats
    outcomes: list[str]
    statuses: list[str]
    policy: str = "orders"
    scrapes: Scrapes = EVERY_SECOND
    alerts: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        """A range selector, or the budget of the threshold."""
        self.asked.append(expression)
        if f'policy="{self.policy}"' not in expression:
            return []
        if "[" in expression:
            return self.scrapes.within(expression, at_s or 0.0)
        return [TimeSeries({"slo": SLO}, (at_s or 0.0,), (0.01,))]

    def over(self, expression: str, start_s: float, end_s: float, step_s: float = 1.0) -> list[TimeSeries]:
        """Cumulative counts at each step, by the label of the query."""
        self.asked.append(expression)
        if "ALERTS" in expression:
            return [TimeSeries({"alertname": name}, (start_s,), (1.0,)) for name in self.alerts]
        found = re.match(r"sum by \((\w+)\) \((\w+)\{", expression)
        assert found is not None, expression
        return [
            self.scrapes.held({found[1]: label}, partial(self._cumulative, weights), start_s, end_s, step_s)
            for label, weights in self._weights(found[1], found[2]).items()
        ]

    def _cumulative(self, weights: Floats, times_s: Floats) -> Floats:
        order = np.argsort(self.ended_s)
        total = np.concatenate([[0.0], np.cumsum(weights[order])])
        return total[np.searchsorted(self.ended_s[order], times_s, "right")]

    def _weights(self, label: str, metric: str) -> dict[str, Floats]:
        one = np.ones(len(self.ended_s))
        if metric.endswith("_bucket"):
            return {f"{bound}".replace("inf", "+Inf"): (self.latency_s <= bound) * one for bound in BOUNDS}
        if metric.endswith("_sum"):
            return {self.policy: self.latency_s}
        if label == "slo":
            late = (self.latency_s > 0.25) | (np.array(self.outcomes) != "ok")
            return {SLO: late * one if "bad" in metric else one}
        values = np.array(self.outcomes if label == "outcome" else self.statuses)
        return {str(value): (values == value) * one for value in np.unique(values)}


def quiet(seed: int = 0) -> Counters:
    """A service without an incident."""
    rng = np.random.default_rng(seed)
    began_s = START_S + np.sort(rng.uniform(0, SECONDS, int(RATE_PER_S * SECONDS)))
    latency_s = rng.lognormal(np.log(LATENCY_S), 0.3, len(began_s))
    n = len(began_s)
    return Counters(began_s + latency_s, latency_s, ["ok"] * n, ["200"] * n)


def slow(at_s: float, for_s: float, share: float = 1.0, add_s: float = 0.3) -> Counters:
    """One in which a share of the calls takes longer for a time."""
    of = quiet()
    began_s = of.ended_s - of.latency_s - START_S
    hit = (
        (began_s >= at_s) & (began_s < at_s + for_s) & (np.random.default_rng(9).random(len(began_s)) < share)
    )
    of.latency_s += hit * add_s
    of.ended_s += hit * add_s
    return of


def failing(at_s: float, for_s: float, share: float = 0.4, status: str = "503") -> Counters:
    """One in which a share of the calls fails for a time."""
    of = quiet()
    at = of.ended_s - START_S
    hit = (at >= at_s) & (at < at_s + for_s) & (np.random.default_rng(9).random(len(at)) < share)
    of.outcomes = ["http_5xx" if each else "ok" for each in hit]
    of.statuses = [status if each else "200" for each in hit]
    return of


def paused(at_s: float, for_s: float) -> Counters:
    """One whose upstream does nothing for a time; what came meanwhile ends within a second after it."""
    of = quiet()
    began_s = of.ended_s - of.latency_s
    held = (of.ended_s >= START_S + at_s) & (began_s < START_S + at_s + for_s)
    end_s = START_S + at_s + for_s + np.random.default_rng(9).uniform(0, 1.0, len(began_s))
    of.ended_s = np.where(held, np.maximum(end_s, of.ended_s), of.ended_s)
    of.latency_s = of.ended_s - began_s
    return of
