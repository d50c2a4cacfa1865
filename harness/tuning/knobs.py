"""The settings of a policy that a search varies: read from `--vary`, or those that the policy and the twin know."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from harness.inputs.varied_policies import with_settings
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.tuning import Knob, Number, Settings

USUAL = (
    Knob(key="timeout.read_s", low=0.05, high=10.0, log=True),
    Knob(key="timeout.total_s", low=0.1, high=30.0, log=True),
    Knob(key="retry.total", low=0, high=5, whole=True),
    Knob(key="retry.backoff_factor", low=0.0, high=1.0),
    Knob(key="retry.backoff.base_s", low=0.01, high=2.0, log=True),
    Knob(key="retry.budget.ratio", low=0.01, high=1.0, log=True),
    Knob(key="adapter.pool_maxsize", low=1, high=400, whole=True, log=True),
    Knob(key="bulkhead.connections", low=1, high=400, whole=True, log=True),
    Knob(key="breaker.failure_ratio", low=0.05, high=1.0),
)
"""The usual ranges. The upper end of each is as good as not to have the setting at all."""
LOG_FROM = 10.0
"""A range whose ends are so many times apart is tried on a logarithmic scale."""
_RANGE = re.compile(r"(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)\.\.(-?[0-9]{1,9}(?:\.[0-9]{1,9})?)")


def knobs_of(policy: Policy, written: Sequence[str]) -> tuple[Knob, ...]:
    """The knobs of `--vary` options, or the usual ones that fit the policy. Raises ConfigError."""
    if not written:
        return tuple(knob for knob in USUAL if _fits(policy, knob))
    found = [_read(policy, text) for text in written]
    keys = [knob.key for knob in found]
    for key in keys:
        if keys.count(key) > 1:
            raise ConfigError("--vary", key, "is given more than once; remove one")
    _retries_are_known(policy, keys)
    return tuple(found)


def _fits(policy: Policy, knob: Knob) -> bool:
    """Whether a usual knob is one of this policy: it has one formula for its sleeps and one kind of budget."""
    own_backoff = policy.retry is not None and policy.retry.backoff is not None
    if knob.key.startswith("retry.backoff"):
        return own_backoff == knob.key.startswith("retry.backoff.")
    if knob.key.startswith("retry.budget") and policy.retry is not None and policy.retry.budget is not None:
        return policy.retry.budget.kind == "ratio"
    return not (knob.key == "adapter.pool_maxsize" and policy.session.warm_connections)


def _read(policy: Policy, text: str) -> Knob:
    key, has_range, written = text.partition("=")
    key = key.strip().removeprefix("policy.")
    if not has_range:
        usual = next((knob for knob in USUAL if knob.key == key), None)
        if usual is None:
            raise ConfigError("--vary", key, f"has no usual range; write one, such as {key}=0.1..2")
        _check(policy, usual)
        return usual
    found = _RANGE.fullmatch(written.strip())
    if found is None or float(found[1]) >= float(found[2]):
        raise ConfigError("--vary", text, f"must have the form {key}=LOW..HIGH with LOW below HIGH")
    low, high = (float(part) if "." in part else int(part) for part in found.groups())
    knob = Knob(key=key, low=low, high=high)
    _check(policy, knob)
    whole = isinstance(low, int) and isinstance(high, int) and not _takes_fractions(policy, knob)
    return knob.model_copy(update={"whole": whole, "log": low > 0 and high / low >= LOG_FROM})


def _check(policy: Policy, knob: Knob) -> None:
    """Raises ConfigError where the policy cannot have one of the ends."""
    for end in (knob.low, knob.high):
        with_settings(policy, _alone(policy, knob.key, end))


def _alone(policy: Policy, key: str, value: Number) -> Settings:
    """The setting, with a retry where it is about retries and the policy has none."""
    retries = policy.retry is not None and policy.retry.total
    return {key: value} if retries or not key.startswith("retry.") else {"retry.total": 1, key: value}


def _takes_fractions(policy: Policy, knob: Knob) -> bool:
    between = knob.low + (knob.high - knob.low) / math.pi
    try:
        with_settings(policy, _alone(policy, knob.key, between))
    except ConfigError:
        return False
    return True


def _retries_are_known(policy: Policy, keys: Sequence[str]) -> None:
    """Without a table of retries urllib3 would take its own number of them, 10."""
    about = [key for key in keys if key.startswith("retry.") and key != "retry.total"]
    if about and policy.retry is None and "retry.total" not in keys:
        raise ConfigError("--vary", about[0], "needs a number of retries; add --vary retry.total")
