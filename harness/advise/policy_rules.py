"""The rules by which answers become a policy: each setting with its reason and its source."""

from __future__ import annotations

from collections.abc import Iterator

from harness.advise.capacity_estimate import CapacityEstimate
from harness.advise.contradictions import SAFE
from harness.analyse.stats.queueing import pool_size
from harness.model.advised import AdvisedSetting, Scalar
from harness.model.answers import Answers
from harness.model.formatting import format_value

LITTLE = "Little's law, L = λW (1961)"
SRE = "Google SRE book, ch. 21: 10%; Twitter Finagle, RetryBudget: 20%"
STORM = "a retried load of λ(1 + R) drains below the capacity μ only: R < μ/λ − 1"
TAIL = "J. Dean, L. A. Barroso, The Tail at Scale, 2013; decision 20 (not above 60% load)"
BUILDERS = "Amazon Builders' Library: Timeouts, retries, and backoff with jitter"
MOST_HEDGED_LOAD, HEDGE_BUDGET = 0.6, 0.055
SMALL_BUDGET, LARGE_BUDGET = 0.1, 0.2
RETRIES = {"low": 0, "medium": 1, "high": 2}
RETRIED_STATUSES = [502, 503, 504]
MOST_SLOTS = 5000
LEAST_RETRIES_IN_WINDOW, LEAST_WINDOW_S = 10.0, 10.0


def retry_budget(found: CapacityEstimate) -> float | None:
    """The share of calls that may be retried: 20%, 10% where the headroom is less than twice that, else None."""
    if found.headroom >= 2 * LARGE_BUDGET:
        return LARGE_BUDGET
    return SMALL_BUDGET if found.headroom > SMALL_BUDGET else None


def may_hedge(answers: Answers, found: CapacityEstimate) -> bool:
    """Whether a second request at the same time is harmless: a read, and a load that is known and below 60%."""
    return answers.method in SAFE and found.load_known and found.load < MOST_HEDGED_LOAD


def hedges(answers: Answers, found: CapacityEstimate) -> bool:
    """Whether the tail of service times uses so much of the budget that a hedge helps where a retry comes too late."""
    return may_hedge(answers, found) and found.service_s(0.99) > answers.budget_s / 2


def retries(answers: Answers, found: CapacityEstimate) -> int:
    """The most retries of one call; 0 where it may not be repeated or the capacity leaves no room."""
    if not answers.idempotent or hedges(answers, found) or retry_budget(found) is None:
        return 0
    wanted = RETRIES[answers.failure_cost]
    return wanted if wanted < found.headroom else min(wanted, 1)


def policy_settings(answers: Answers, found: CapacityEstimate) -> list[AdvisedSetting]:
    """The settings of the policy, in the order of its file."""
    made = [*_timeouts(answers, found), *_slots(answers, found), *_bulkhead(answers, found)]
    if hedges(answers, found):
        made += _hedge(answers, found)
    elif retries(answers, found):
        made += _retry(answers, found)
    if answers.failure_cost == "low":
        made += _breaker()
    return made


def _setting(key: str, value: Scalar, reason: str, source: str) -> AdvisedSetting:
    return AdvisedSetting("policy", key, value, reason, source)


def _timeouts(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    total_s = answers.budget_s
    connect_s = round(min(1.1, total_s / 2), 3)
    reason = "within the budget, and where it allows, long enough for one lost SYN to be sent again after 1 s"
    yield _setting("timeout.connect_s", connect_s, reason, "RFC 6298, 2.1: the first retransmission timeout")
    attempts = 1 + retries(answers, found)
    read_s, reason = _read_s(answers, found, attempts)
    yield _setting("timeout.read_s", read_s, reason, BUILDERS)
    reason = f"the caller has a budget of {total_s:g} s, and a later response is of no use"
    yield _setting("timeout.total_s", total_s, reason, "the answers: budget_s")


def _read_s(answers: Answers, found: CapacityEstimate, attempts: int) -> tuple[float, str]:
    total_s = answers.budget_s
    if attempts == 1:
        return total_s, "no retry follows a timeout, so there is nothing to gain by an earlier one"
    each_s = total_s / attempts
    if found.response_s(0.99) > each_s:
        return total_s, (
            f"{attempts} attempts that last as long as the p99 do not fit into the budget; retries are for errors, "
            "which come early"
        )
    read_s = round(min(each_s, max(found.response_s(0.999), 0.01)), 3)
    return read_s, (
        f"above the p99 of the response time at the peak (at most {format_value(found.response_s(0.99), 's')}, "
        f"estimated), and {attempts} attempts fit into the budget"
    )


def _slots(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    rate, hold_s = found.rate_per_s * found.burst, _hold_s(answers, found)
    reason = (
        f"{rate:.3g} calls/s × {hold_s:.3g} s (p99) = {rate * hold_s:.3g} at once, and five deviations more"
    )
    yield _setting("adapter.pool_maxsize", slots(answers, found), reason, LITTLE)


def slots(answers: Answers, found: CapacityEstimate) -> int:
    """Connections by Little's law at the p99 of the response time and the rate in bursts, with five deviations."""
    return min(MOST_SLOTS, pool_size(found.rate_per_s * found.burst, _hold_s(answers, found)))


def _hold_s(answers: Answers, found: CapacityEstimate) -> float:
    """How long a call may hold a connection: the p99, at most the budget, after which it has ended."""
    return min(answers.budget_s, found.response_s(0.99))


def _bulkhead(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    yield _setting(
        "bulkhead.connections",
        slots(answers, found),
        "one slow upstream must not hold more connections and threads than the peak needs",
        f"Nygard, Release It!, 2nd ed.: Bulkheads; {LITTLE}",
    )
    wait_s = round(answers.budget_s / 4, 3)
    reason = "a call that waits longer than a quarter of the budget would hardly be served within it"
    yield _setting("bulkhead.wait_s", wait_s, reason, "the answers: budget_s")


def _retry(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    total, budget, headroom = retries(answers, found), retry_budget(found) or SMALL_BUDGET, found.headroom
    reason = (
        f"a failed call has a {answers.failure_cost} cost, and a request may be repeated; all calls together retry at "
        f"most {budget:.0%}, and {budget:g} < μ/λ − 1 = {headroom:.2f}"
    )
    yield _setting("retry.total", total, reason, STORM)
    reason = f"{answers.method} may be repeated, by its definition or by its idempotency key"
    yield _setting(
        "retry.allowed_methods", [answers.method], reason, "RFC 9110, 9.2.2; the answers: idempotent"
    )
    reason = "the upstream or a proxy could not serve it; other statuses come again on a retry"
    yield _setting("retry.status_forcelist", RETRIED_STATUSES, reason, "RFC 9110, 15.6")
    reason = "after the last attempt the caller gets the response, as without retries"
    yield _setting("retry.raise_on_status", False, reason, "urllib3, Retry.raise_on_status")
    reason = "a longer wait than the budget is of no use; the deadline ends it earlier"
    yield _setting("retry.retry_after_max", max(1, int(answers.budget_s)), reason, "the answers: budget_s")
    yield from _budget(
        budget, found, "retries of an upstream that fails must not become an overload of their own"
    )
    yield _setting(
        "retry.backoff.kind", "full", "clients that fail together must not retry together", BUILDERS
    )
    base_s = round(min(0.1, answers.budget_s / 10), 4)
    yield _setting(
        "retry.backoff.base_s", base_s, "at most a tenth of the budget before the first retry", BUILDERS
    )
    cap_s = round(answers.budget_s / 4, 3)
    yield _setting("retry.backoff.cap_s", cap_s, "no sleep uses more than a quarter of the budget", BUILDERS)


def _budget(ratio: float, found: CapacityEstimate, reason: str) -> Iterator[AdvisedSetting]:
    yield _setting("retry.budget.kind", "ratio", "a share of the calls holds for any rate", SRE)
    yield _setting("retry.budget.ratio", ratio, reason, TAIL if ratio == HEDGE_BUDGET else SRE)
    reason = "the ratio alone bounds the added load; the window allows ten retries"
    yield _setting("retry.budget.min_per_s", 0.0, reason, SRE)
    window_s = round(max(LEAST_WINDOW_S, LEAST_RETRIES_IN_WINDOW / (ratio * found.rate_per_s)), 1)
    yield _setting("retry.budget.window_s", window_s, reason, "Twitter Finagle, RetryBudget: ttl 10 s")


def _hedge(answers: Answers, found: CapacityEstimate) -> Iterator[AdvisedSetting]:
    reason = "a hedge takes the place of retries, and both together would multiply the load"
    yield _setting("retry.total", 0, reason, TAIL)
    reason = f"hedges are 5% of calls by their delay; at {found.load:.0%} load the upstream can serve them"
    yield from _budget(HEDGE_BUDGET, found, reason)
    reason = (
        f"{answers.method} may be sent twice, the load is below {MOST_HEDGED_LOAD:.0%}, and the p99 of service times "
        f"({format_value(found.service_s(0.99), 's')}) uses more than half of the budget"
    )
    yield _setting("hedge.max_attempts", 2, reason, TAIL)
    yield _setting("hedge.delay", "p95", "after the p95, 5% of calls are hedged", TAIL)
    reason = f"{answers.method} alone was said to be harmless when it is sent twice"
    yield _setting("hedge.methods", [answers.method], reason, "RFC 9110, 9.2.1; the answers: idempotent")


def _breaker() -> Iterator[AdvisedSetting]:
    reason = "a failed call has a low cost, so that an upstream that fails is not waited for"
    yield _setting("breaker.failure_ratio", 0.5, reason, "resilience4j, failureRateThreshold 50%")
    hystrix = "Netflix Hystrix: requestVolumeThreshold 20, window 10 s, sleep window 5 s"
    yield _setting("breaker.minimum", 20, "fewer attempts say too little about the upstream", hystrix)
    yield _setting(
        "breaker.window_s", 10.0, "long enough for 20 attempts, short enough to open soon", hystrix
    )
    yield _setting("breaker.open_s", 5.0, "the pause before one probe asks again", hystrix)
