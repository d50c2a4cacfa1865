"""Whether simulated runs keep the scenario's SLO, over the rate of arrivals and over small changes of the policy."""

from __future__ import annotations

from itertools import product

from harness.model.advice_map import AdviceMap, RateState, SearchedPolicy
from harness.model.calibration import Calibration
from harness.model.errors import ConfigError
from harness.model.policy import Policy, RetrySettings
from harness.model.scenario import Scenario
from harness.model.slo import Slo
from harness.twin.prediction import LEAST_SEEDS, Prediction, predict
from harness.twin.setting_grid import at_factor, keeps_slo, setting_grid
from mock_upstream.profile import Profile

FACTORS = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
"""Of the scenario's own rate."""
RETRIES, READ_SHARES = (0, 1, 2, 3, 4), (0.1, 0.25, 0.5, 1.0)
"""Retries of a call, and read timeouts as shares of the policy's deadline."""
RETRIED_STATUS = (429, 500, 502, 503, 504)


def advice_map(
    policy: Policy,
    scenario: Scenario,
    upstream: Profile,
    *,
    search: bool,
    repeatable: bool,
    calibration: Calibration | None = None,
) -> AdviceMap:
    """The policy's states over the rate and, where `search` says so, over small changes of it at the scenario's rate.

    Calls that are not `repeatable` get no retries in the search.
    """
    searched = _searched(policy, scenario, upstream, repeatable, calibration) if search else ()
    try:
        states = tuple(_at(factor, policy, scenario, upstream, calibration) for factor in FACTORS)
        grid = setting_grid(policy, scenario, upstream, FACTORS, calibration)
    except ConfigError as problem:
        return AdviceMap(refused=str(problem), searched=searched)
    return AdviceMap(states=states, grid=grid, searched=searched)


def _at(
    factor: float, policy: Policy, scenario: Scenario, upstream: Profile, calibration: Calibration | None
) -> RateState:
    scaled = at_factor(scenario, factor)
    played = predict(policy, scaled, upstream, LEAST_SEEDS, calibration)
    judged = [each.measurement for each in scenario.slo.parsed]
    measured = {name: played.measurements[name] for name in judged if name in played.measurements}
    return RateState(
        factor=factor, rate_per_s=scaled.most_per_s, kept=_kept(played, scenario.slo), seeds=LEAST_SEEDS,
        measurements=measured, outside=bool(played.outside),
    )  # fmt: skip


def _searched(
    policy: Policy,
    scenario: Scenario,
    upstream: Profile,
    repeatable: bool,
    calibration: Calibration | None,
) -> tuple[SearchedPolicy, ...]:
    """The policy with other retries and read timeouts, and without what the twin may not model."""
    longest_s = policy.timeout.total_s or policy.timeout.read_s or 1.0
    base = policy.model_copy(update={"hedge": None, "limiter": None})
    found = []
    for retries, share in product(RETRIES if repeatable else (0,), READ_SHARES):
        read_s = longest_s * share
        played = predict(_changed(base, retries, read_s), scenario, upstream, LEAST_SEEDS, calibration)
        kept = _kept(played, scenario.slo)
        found.append(SearchedPolicy(retries=retries, read_s=read_s, kept=kept, seeds=LEAST_SEEDS))
    return tuple(found)


def _kept(played: Prediction, slo: Slo) -> int:
    return sum(keeps_slo(values, slo) for values in played.values)


def _changed(policy: Policy, retries: int, read_s: float) -> Policy:
    timeout = policy.timeout.model_copy(update={"read_s": read_s})
    retry = RetrySettings(
        total=retries, status_forcelist=RETRIED_STATUS, allowed_methods=False, raise_on_status=False
    )
    return policy.model_copy(update={"timeout": timeout, "retry": retry if retries else None})
