"""The rules by which answers become an upstream, a scenario and its SLO."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from harness.advise.capacity_estimate import BURST_S, CapacityEstimate
from harness.advise.policy_rules import HEDGE_BUDGET, hedges, retries, retry_budget, slots
from harness.model.advised import AdvisedFile, AdvisedSetting, Scalar
from harness.model.answers import Answers
from harness.model.formatting import format_value
from mock_upstream.profile import EmpiricalTime

MOST_ERRORS = {"low": 0.05, "medium": 0.02, "high": 0.005}
JUDGED_APART_FROM = 0.01
WARMUP_S, CALLS, SHORTEST_S, LONGEST_S = 5.0, 2500, 30.0, 120.0
PATH, UPSTREAM_FILE = "/advised", "upstream.toml"
ANSWERS = "the answers"


def upstream_settings(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    """The upstream as this service sees it."""
    known = "known" if found.load_known else "assumed"
    reason = (
        f"this service's share of {answers.share:.0%} of the workers, rounded up; the rate is raised by as much, so "
        f"that the load at the peak is {found.load:.0%} ({known})"
    )
    yield _setting(
        "upstream", "capacity.workers", found.workers, reason, f"{ANSWERS}: share, upstream.workers"
    )
    for key, value in found.law.model_dump(exclude_none=True).items():
        written: Scalar = list(value) if isinstance(value, tuple) else value
        reason = f"service times with a median of {format_value(found.service_s(0.5), 's')}"
        if not isinstance(found.law, EmpiricalTime):
            reason += f" and a p99 of {format_value(found.service_s(0.99), 's')}"
        yield _setting("upstream", f"service_time.{key}", written, reason, f"{ANSWERS}: upstream")
    reason = "the route that the scenario calls"
    route: dict[str, Scalar] = {"path": PATH, "method": answers.method, "status": 200, "body": "{}"}
    for key, fixed in route.items():
        yield _setting("upstream", f"route.0.{key}", fixed, reason, f"{ANSWERS}: method")
    if found.errors:
        reason = f"{found.errors:.2%} of attempts fail"
        fault: dict[str, Scalar] = {"kind": "status", "status": 503, "ratio": round(found.errors, 6)}
        for key, fixed in fault.items():
            yield _setting("upstream", f"fault.0.{key}", fixed, reason, f"{ANSWERS}: upstream.errors")


def scenario_settings(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    """The scenario: the peak, with bursts where there are some, and the SLO."""
    yield _scenario(
        "seed", 1, "the same arrivals and errors in every run; any other seed will do", "surgeline"
    )
    yield _scenario("upstream", UPSTREAM_FILE, "the upstream of these answers", ANSWERS)
    journey = "scenarios.journeys.mix:one_request"
    yield _scenario("journey", journey, "one call for each arrival, as [[mix]] describes it", "surgeline")
    reason = "the expected peak, at which the headroom of a range is shown"
    yield _scenario("expected_peak_per_s", _rate(found.rate_per_s), reason, f"{ANSWERS}: peak_per_s, share")
    reason = "a thread for each connection of the policy"
    yield _scenario("service.threads", slots(answers, found), reason, "Little's law at the p99")
    yield from _slo(answers, found)
    yield from _arrivals(found)
    reason = "the call that the answers are about"
    for key, value in {"name": f"{answers.method} {PATH}", "method": answers.method, "path": PATH}.items():
        yield _scenario(f"mix.0.{key}", value, reason, f"{ANSWERS}: method")


def most_amplification(answers: Answers, found: CapacityEstimate) -> float:
    """The most attempts per call that the retry budget allows, with a little more for the edge of its window."""
    if hedges(answers, found):
        return round(1.05 + HEDGE_BUDGET, 3)
    return round(1.05 + (retry_budget(found) or 0.0), 3) if retries(answers, found) else 1.05


def _slo(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    most = MOST_ERRORS[answers.failure_cost]
    yield _scenario("slo.warmup_s", WARMUP_S, "connections are opened in the first seconds", "surgeline")
    apart = most >= JUDGED_APART_FROM
    reason = f"{most:.1%} of calls may fail, which the second threshold judges"
    how = "apart" if apart else "late"
    yield _scenario("slo.failed_calls", how, reason, f"{ANSWERS}: failure_cost; decision 11")
    thresholds = [
        f"p99(latency) < {_decimal(1e3 * answers.budget_s)}ms",
        f"ratio(error) < {100 * most:g}%",
        f"amplification < {most_amplification(answers, found):g}",
    ]
    reason = (
        f"99% within the budget; a failed call has a {answers.failure_cost} cost; and the upstream gets no more "
        "attempts than the retry budget allows"
    )
    yield _scenario("slo.thresholds", thresholds, reason, f"{ANSWERS}: budget_s, failure_cost")


def _arrivals(found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    rate, reason = _rate(found.rate_per_s), "the expected peak"
    long_s = WARMUP_S + float(ceil(min(LONGEST_S, max(SHORTEST_S, CALLS / rate))))
    if found.burst == 1.0:
        yield from _phase(0, rate, long_s, reason, "peak_per_s, share")
        return
    yield from _phase(0, rate, long_s / 2, reason, "peak_per_s, share")
    burst = f"a burst of {found.burst:g} times the peak"
    yield from _phase(1, _rate(rate * found.burst), BURST_S, burst, "burstiness, burst_factor")
    yield from _phase(2, rate, long_s / 2, reason, "peak_per_s, share")


def _phase(number: int, rate: float, duration_s: float, reason: str, key: str) -> Iterator[AdvisedSetting]:
    yield _scenario(f"arrivals.{number}.rate_per_s", rate, reason, f"{ANSWERS}: {key}")
    reason = f"about {rate * duration_s:,.0f} calls"
    yield _scenario(f"arrivals.{number}.duration_s", duration_s, reason, "decision 31: enough for a verdict")


def _decimal(number: float) -> str:
    """Without an exponent, which a threshold does not know."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


def _rate(rate_per_s: float) -> float:
    return round(rate_per_s, 3)


def _scenario(key: str, value: Scalar, reason: str, source: str) -> AdvisedSetting:
    return _setting("scenario", key, value, reason, source)


def _setting(file: AdvisedFile, key: str, value: Scalar, reason: str, source: str) -> AdvisedSetting:
    return AdvisedSetting(file, key, value, reason, source)
