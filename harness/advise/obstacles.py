"""Why no policy would do: what the answers require, and the upstream cannot give."""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.capacity_estimate import CapacityEstimate
from harness.advise.policy_rules import may_hedge, retry_budget
from harness.advise.scenario_rules import MOST_ERRORS
from harness.model.answers import Answers

ALLOWED_LATE = 0.01


def obstacles(answers: Answers, found: CapacityEstimate) -> list[str]:
    """One sentence for each reason for which no policy would pass; empty when one may."""
    return [*_capacity(found), *_budget(answers, found), *_errors(answers, found)]


def _capacity(found: CapacityEstimate) -> Iterator[str]:
    if found.load >= 1.0:
        yield (
            f"At the peak the upstream would have to work {found.load:.0%} of the time: the backlog grows without "
            "bound. Add workers, or lower the rate of calls."
        )


def _budget(answers: Answers, found: CapacityEstimate) -> Iterator[str]:
    """The wait for workers comes on top of the service time, so service alone is a lower bound."""
    budget_s = answers.budget_s
    if found.load < 1.0 and found.burst_wait_s > budget_s:
        yield (
            f"At the end of a burst calls wait {found.burst_wait_s:.2g} s for workers, and the budget is "
            f"{budget_s:g} s. Spread the bursts, or add workers."
        )
    late = _share_above(found, budget_s)
    if late <= ALLOWED_LATE:
        return
    if not may_hedge(answers, found):
        yield (
            f"{late:.1%} of service times are longer than the budget of {budget_s:g} s, and the call cannot be hedged. "
            "Make the upstream faster, or the budget longer."
        )
    elif late * _share_above(found, budget_s - found.service_s(0.95)) > ALLOWED_LATE:
        yield (
            f"{late:.1%} of service times are longer than the budget of {budget_s:g} s, and a hedge after the p95 does "
            "not save enough of them. Make the upstream faster, or the budget longer."
        )


def _errors(answers: Answers, found: CapacityEstimate) -> Iterator[str]:
    most = MOST_ERRORS[answers.failure_cost]
    if found.errors < most:
        return
    if not answers.idempotent:
        yield (
            f"The upstream fails {found.errors:.1%} of attempts, {most:.1%} of calls may fail, and the call may not be "
            "repeated. Give it an idempotency key, or make the upstream more reliable."
        )
    elif (budget := retry_budget(found)) is None or found.errors > budget:
        yield (
            f"The upstream fails {found.errors:.1%} of attempts, {most:.1%} of calls may fail, and at "
            f"{found.load:.0%} load there is no room for so many retries. Add workers, or "
            "make the upstream more reliable."
        )
    elif found.errors**2 >= most:
        yield (
            f"The upstream fails {found.errors:.1%} of attempts, so that {found.errors**2:.1%} of calls fail with one "
            f"retry; {most:.1%} may. Make the upstream more reliable."
        )


def _share_above(found: CapacityEstimate, limit_s: float) -> float:
    """The share of service times above a limit, to 1/10,000, by bisection of the quantile function."""
    low, high = 0.0, 1.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        low, high = (middle, high) if found.service_s(middle) <= limit_s else (low, middle)
    return 1.0 - low
