"""Warnings about a policy's settings, each with its reason and the remedy."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.policy import Policy, RetrySettings
from harness.model.resilience_settings import BulkheadSettings, RatioBudgetSettings

RETRY_AFTER_PATIENCE_S = 60
MANY_ATTEMPTS = 3
MANY_HEDGES = 0.1


@dataclass(frozen=True, slots=True)
class PolicyWarning:
    """One warning. `key` is where in the policy, `reason` the consequence, `remedy` what to set instead."""

    key: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}; {self.remedy}"


def policy_warnings(policy: Policy, threads: int) -> list[PolicyWarning]:
    """The warnings for this policy in a service with this number of threads, in the order of the file's tables.

    None for `as_is`, which says nothing about the Sessions.
    """
    if policy.as_is:
        return []
    found = [*_built_otherwise(policy), *_session(policy), *_pool(policy, threads), *_timeouts(policy)]
    if policy.retry is not None and policy.retries_at_most:
        found += _retries(policy, policy.retry)
    return [*found, *_limiter(policy, threads), *_hedge(policy)]


def _built_otherwise(policy: Policy) -> list[PolicyWarning]:
    return [
        PolicyWarning(
            difference.key,
            f"the policy declares {difference.declared}, and the built Session has {difference.built}",
            "find the code or the library version that changes it; the record has what was built",
        )
        for difference in policy.built_otherwise
    ]


def _session(policy: Policy) -> list[PolicyWarning]:
    if policy.session.verify is False:
        reason = "verify is false, so that anyone on the network path can read and change the traffic"
        return [PolicyWarning("session.verify", reason, "set it to the path of your CA bundle")]
    return []


def _pool(policy: Policy, threads: int) -> list[PolicyWarning]:
    slots, found = policy.adapter.pool_maxsize, list[PolicyWarning]()
    if policy.session.scope == "call":
        return [
            PolicyWarning(
                "session.scope",
                "every call opens a new connection",
                'share a Session: scope = "process"',
            )
        ]
    if policy.session.scope == "process" and slots < threads:
        then = (
            "the other threads wait"
            if policy.transport != "requests"
            else "the other threads wait, in no fair order"
            if policy.adapter.pool_block
            else "the other threads' connections are closed after each call"
        )
        reason = f"there are {slots} slots for {threads} threads: when all threads make a call at the same time, {then}"
        found.append(
            PolicyWarning(
                "adapter.pool_maxsize", reason, f"set it to {threads}, or bound the calls with [bulkhead]"
            )
        )
    if policy.transport != "requests":
        return found  # The other libraries limit the wait by default.
    if policy.adapter.pool_block and not _bounded(policy.bulkhead, slots) and policy.timeout.total_s is None:
        reason = "the wait for a connection has no limit, because the timeouts do not apply to it"
        remedy = f"set timeout.total_s, or [bulkhead] with connections = {slots} and a wait_s"
        found.append(PolicyWarning("adapter.pool_block", reason, remedy))
    return found


def _bounded(bulkhead: BulkheadSettings | None, slots: int) -> bool:
    return bulkhead is not None and bulkhead.connections <= slots


def _timeouts(policy: Policy) -> list[PolicyWarning]:
    if policy.timeout.total_s is not None or policy.transport != "requests":
        return []  # The other libraries have timeouts by default.
    return [
        PolicyWarning(f"timeout.{name}", f"not set: {reason}", remedy)
        for name, value, reason, remedy in (
            (
                "connect_s",
                policy.timeout.connect_s,
                "a call to a host that drops packets waits for minutes",
                "set 0.5",
            ),
            (
                "read_s",
                policy.timeout.read_s,
                "a call to an upstream that hangs waits without limit",
                "set it above the upstream's p99.9",
            ),
        )
        if value is None
    ]


def _limiter(policy: Policy, threads: int) -> list[PolicyWarning]:
    limiter = policy.limiter
    if limiter is None or limiter.kind != "envoy" or limiter.most <= threads:
        return []
    reason = (
        f"at low load the limit grows to {limiter.most}, of which {threads} threads can use no more than {threads}; "
        "when the load comes, each halving takes a window"
    )
    return [PolicyWarning("limiter.most", reason, f"set it to {threads}")]


def _hedge(policy: Policy) -> list[PolicyWarning]:
    budget, found = policy.retry.budget if policy.retry is not None else None, list[PolicyWarning]()
    if policy.hedge is None:
        return found
    if policy.factory is not None and policy.retries_at_most:
        reason = f"the Session retries up to {policy.retries_at_most} times by itself, so none of its calls is hedged"
        found.append(PolicyWarning("hedge", reason, "build the Session without retries, or remove [hedge]"))
    if not isinstance(budget, RatioBudgetSettings) or budget.ratio > MANY_HEDGES:
        reason = (
            "hedges may be more than 10% of calls, which made the lab's p99 at 60% load three times as long"
        )
        found.append(PolicyWarning("retry.budget", reason, 'set kind = "ratio" and ratio = 0.055'))
    return found


def _retries(policy: Policy, retry: RetrySettings) -> list[PolicyWarning]:
    found, bounded = list[PolicyWarning](), policy.timeout.total_s is not None
    methods = retry.allowed_methods
    if methods is False or {"POST", "PATCH"} & {method.upper() for method in methods}:
        reason = "a POST whose response was lost is sent again, and may be executed twice"
        found.append(
            PolicyWarning("retry.allowed_methods", reason, "make sure that each has an idempotency key")
        )
    patience_s = retry.retry_after_max
    if retry.respect_retry_after_header and patience_s > RETRY_AFTER_PATIENCE_S and not bounded:
        reason = f"a 503 with Retry-After makes a call sleep up to {patience_s:,} s, even without a status_forcelist"
        found.append(
            PolicyWarning("retry.retry_after_max", reason, "set it to a few seconds, or set timeout.total_s")
        )
    longest_s = _longest_s(policy, retry)
    if not bounded and longest_s is not None and longest_s > 2 * (policy.timeout.read_s or 0.0):
        reason = (
            f"a call may last {longest_s:.1f} s: {policy.attempts_at_most} attempts, with sleeps between them"
        )
        found.append(PolicyWarning("retry.total", reason, "set timeout.total_s"))
    if retry.backoff is None:
        reason = "urllib3's first retry is immediate, with or without jitter: clients that fail together retry together"
        found.append(PolicyWarning("retry.backoff_factor", reason, 'write retry.backoff = { kind = "full" }'))
    if policy.attempts_at_most > MANY_ATTEMPTS and retry.budget is None and policy.breaker is None:
        reason = f"an upstream that fails gets up to {policy.attempts_at_most} times the load"
        found.append(
            PolicyWarning("retry.budget", reason, 'write retry.budget = { kind = "ratio", ratio = 0.1 }')
        )
    return found


def _longest_s(policy: Policy, retry: RetrySettings) -> float | None:
    """Seconds that a call of timeouts alone may last; None where a timeout is missing."""
    if policy.timeout.connect_s is None or policy.timeout.read_s is None:
        return None
    attempts = policy.attempts_at_most
    if retry.backoff is not None:
        sleeps_s = sum(
            min(retry.backoff.cap_s, retry.backoff.base_s * 2.0**n) for n in range(min(attempts - 1, 60))
        )
    else:
        sleeps_s = sum(
            min(retry.backoff_max, retry.backoff_factor * 2.0**n) for n in range(1, min(attempts - 1, 60))
        )
    return attempts * max(policy.timeout.connect_s, policy.timeout.read_s) + sleeps_s
