"""What the answers say about the upstream's capacity and times, and what has to be assumed.

The lab's upstream serves this service alone, so it has this service's share of the workers, rounded up, and the rate is
raised by as much: the load of each worker is that of production. Fewer workers make longer queues than many (the
economy of scale of Erlang C), so a wait in the lab is no shorter than with all workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log

from harness.analyse.stats.queueing import erlang_c
from harness.model.answers import Answers
from harness.model.formatting import format_value
from mock_upstream.profile import LognormalTime, Profile, ServiceTime

ASSUMED_LOAD, ASSUMED_ERRORS, BURST_S = 0.8, 0.01, 2.0
P99_IN_SIGMAS, POINTS = 2.3263, 1000
BUDGET_PER_MEDIAN, P99_PER_MEDIAN = 10.0, 3.0


@dataclass(frozen=True, slots=True)
class CapacityEstimate:
    """The upstream as this service sees it: `rate_per_s` and `workers` of the lab, and `load`, λ/μ at the peak."""

    workers: int
    law: ServiceTime
    errors: float
    rate_per_s: float
    load: float
    burst: float
    load_known: bool
    assumed: tuple[str, ...]

    @property
    def headroom(self) -> float:
        """μ/λ − 1: attempts that can be served beyond the first one of each call; negative when overloaded."""
        return 1.0 / self.load - 1.0

    @property
    def mean_s(self) -> float:
        """The mean service time in seconds."""
        return _mean_s(self.law)

    @property
    def burst_wait_s(self) -> float:
        """The wait at the end of a burst, in seconds: what arrived beyond the capacity has to be served first."""
        return max(0.0, self.load * self.burst - 1.0) * BURST_S

    def service_s(self, share: float) -> float:
        """The service time that this share of requests does not exceed, in seconds."""
        return self.law.draw_s(share)

    def response_s(self, share: float) -> float:
        """An upper estimate of the response time that this share of requests does not exceed, in seconds.

        The percentile of service and that of the wait, added. The wait is that of M/M/c, scaled by the variation of
        service times (A. O. Allen, Probability, Statistics, and Queueing Theory, 2nd ed., 5.3).
        """
        return self.service_s(share) + self._wait_s(share) + self.burst_wait_s

    def _wait_s(self, share: float) -> float:
        busy = self.load if self.load * self.burst >= 1.0 else self.load * self.burst
        if busy >= 1.0:
            return float("inf")
        waiting = erlang_c(self.workers, busy * self.workers)
        if waiting <= 1.0 - share:
            return 0.0
        varied = (1.0 + _variation(self.law)) / 2.0
        return log(waiting / (1.0 - share)) * varied * self.mean_s / (self.workers * (1.0 - busy))


def estimate(answers: Answers, learned: Profile | None = None) -> CapacityEstimate:
    """The estimate from the answers, or from a learned upstream; what neither says is assumed."""
    assumed: list[str] = []
    law = learned.service_time if learned is not None else _law(answers, assumed)
    of_all = learned.capacity.workers if learned is not None else answers.upstream.workers
    errors = _learned_errors(learned) if learned is not None else answers.upstream.errors
    if errors is None:
        errors = ASSUMED_ERRORS
        assumed.append(
            f"The upstream's errors are unknown; {errors:.0%} of attempts were assumed to fail with 503."
        )
    if of_all is None:
        assumed.append(
            f"The upstream's workers are unknown, so the load is unknown; {ASSUMED_LOAD:.0%} at the peak was assumed."
        )
        exact = answers.peak_per_s * _mean_s(law) / ASSUMED_LOAD
    else:
        exact = of_all * answers.share
    workers = max(1, ceil(exact - 1e-9))
    rate_per_s = answers.peak_per_s * workers / exact
    load = rate_per_s * _mean_s(law) / workers
    return CapacityEstimate(
        workers, law, errors, rate_per_s, load, answers.burst, of_all is not None, tuple(assumed)
    )


def _law(answers: Answers, assumed: list[str]) -> ServiceTime:
    """Lognormal by its median and p99, the usual form of service times."""
    median_s, p99_s = answers.upstream.median_s, answers.upstream.p99_s
    if median_s is None:
        median_s = answers.budget_s / BUDGET_PER_MEDIAN if p99_s is None else p99_s / P99_PER_MEDIAN
        assumed.append(f"The median service time is unknown; {format_value(median_s, 's')} was assumed.")
    if p99_s is None:
        p99_s = P99_PER_MEDIAN * median_s
        assumed.append(f"The p99 of service times is unknown; {format_value(p99_s, 's')} was assumed.")
    return LognormalTime(
        distribution="lognormal", median_s=median_s, sigma=round(log(p99_s / median_s) / P99_IN_SIGMAS, 4)
    )


def _learned_errors(learned: Profile) -> float:
    """The share of attempts that fail by the learned faults, on the worst route."""
    by_route: dict[str, float] = {}
    for fault in learned.fault:
        if getattr(fault, "status", 0) >= 500:
            left = 1.0 - by_route.get(fault.route, 0.0)
            by_route[fault.route] = 1.0 - left * (1.0 - fault.ratio)
    return max(by_route.values(), default=0.0)


@lru_cache(maxsize=64)
def _mean_s(law: ServiceTime) -> float:
    return max(1e-9, sum(law.draw_s((i + 0.5) / POINTS) for i in range(POINTS)) / POINTS)


@lru_cache(maxsize=64)
def _variation(law: ServiceTime) -> float:
    """The squared coefficient of variation."""
    mean_s = _mean_s(law)
    return sum((law.draw_s((i + 0.5) / POINTS) - mean_s) ** 2 for i in range(POINTS)) / POINTS / mean_s**2
