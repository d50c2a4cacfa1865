"""The exceptions of a policy, always `requests` exceptions so that handlers of these keep working; and the gate's."""

from __future__ import annotations

from collections.abc import Iterator

import requests

from harness.model.call import Outcome
from harness.model.errors import TargetError

_DEPTH = 6


class PolicyError(requests.ConnectionError):
    """The policy ended the call, not the network. `outcome` names the part of the policy."""

    outcome = Outcome.FAILED


class BreakerOpen(PolicyError):
    """The host keeps failing, and its breaker refuses attempts."""

    outcome = Outcome.BREAKER_OPEN


class Throttled(PolicyError):
    """The client's own throttle refused the attempt."""

    outcome = Outcome.THROTTLED


class BulkheadFull(PolicyError):
    """All connections allowed for this host were in use for longer than the policy waits."""

    outcome = Outcome.POOL_TIMEOUT


class ConcurrencyLimited(PolicyError):
    """As many attempts as the limiter allows for this host were under way, for longer than the policy waits."""

    outcome = Outcome.LIMITED


class BudgetExhausted(PolicyError):
    """The attempt failed, and the retry budget is exhausted."""

    outcome = Outcome.BUDGET_EXHAUSTED


class DeadlineExceeded(PolicyError, requests.Timeout):
    """The deadline for all attempts together has passed."""

    outcome = Outcome.DEADLINE


class TargetRefused(TargetError):
    """The lab does not open a connection to this host, because it is neither loopback nor allowed.

    It is no exception of requests: a Session must not retry it, and no handler of network errors hides it.
    """

    outcome = Outcome.TARGET_REFUSED


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps, outermost first, as requests and urllib3 wrap: as `reason` or as an argument."""
    found: BaseException | None = error
    for _ in range(_DEPTH):
        if found is None:
            return
        yield found
        wrapped = (getattr(found, "reason", None), *found.args)
        found = next((each for each in wrapped if isinstance(each, BaseException)), None)


def policy_error_in(error: BaseException) -> PolicyError | None:
    """The policy's own error that requests has wrapped, if that is what this error comes from."""
    return next((cause for cause in causes(error) if isinstance(cause, PolicyError)), None)
