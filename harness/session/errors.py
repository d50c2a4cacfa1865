"""What a policy of ours raises: always a `requests` exception, so that a caller's handlers keep working."""

from __future__ import annotations

import requests

from harness.model.call import Outcome


class PolicyError(requests.ConnectionError):
    """The policy ended the call, not the network. `outcome` says which part of the policy."""

    outcome = Outcome.FAILED


class BreakerOpen(PolicyError):
    """The host keeps failing, and its breaker lets nobody through."""

    outcome = Outcome.BREAKER_OPEN


class Throttled(PolicyError):
    """The client holds itself back."""

    outcome = Outcome.THROTTLED


class BulkheadFull(PolicyError):
    """Every connection that this host may have was taken for longer than the policy waits."""

    outcome = Outcome.POOL_TIMEOUT


class BudgetExhausted(PolicyError):
    """The attempt failed, and the budget for retries is spent."""

    outcome = Outcome.BUDGET_EXHAUSTED


class DeadlineExceeded(PolicyError, requests.Timeout):
    """The time for all attempts together is over."""

    outcome = Outcome.DEADLINE


def policy_error_in(error: BaseException) -> PolicyError | None:
    """The refusal that requests has wrapped, if that is what this error comes from."""
    found: BaseException | None = error
    for _ in range(4):
        if found is None or isinstance(found, PolicyError):
            return found
        inner = getattr(found, "reason", None) or next(iter(found.args), None)
        found = inner if isinstance(inner, BaseException) else None
    return None
