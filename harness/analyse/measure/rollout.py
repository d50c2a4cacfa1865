"""How a rollout ended, and what it cost: the canary's bad calls beyond the baseline's rate, as a share of all calls."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pandas as pd

from harness.analyse.stats.quantiles import quantile_of
from harness.model.call import Outcome
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.rollout_result import ArmCount, RolloutResult
from harness.model.verdict import Measurement

SPOILT = "spoilt_share"
DRAWS = 2000
Counts = np.ndarray[Any, np.dtype[np.float64]]


def rollout_of(rollout: RehearsedRollout, compared: pd.DataFrame, calls: pd.DataFrame) -> RolloutResult:
    """The result from the table `rollout`, which has at least one row, and the calls of the run."""
    last, of_step = compared.iloc[-1], compared[compared["step"] == compared["step"].max()]
    return RolloutResult(
        state=last["state"],
        reason=last["reason"],
        decided_s=float(last["at_s"]) + 1.0 if last["state"] != "comparing" else None,
        share=float(last["share"]),
        step=int(last["step"]),
        steps=len(rollout.plan.steps),
        canary=_count(rollout.new.name, of_step, "canary"),
        baseline=_count(rollout.old.name, of_step, "baseline"),
        spoilt=spoilt_share(calls, compared, rollout.plan.slow_s),
        fallbacks=int(last["fallbacks"]),
    )


def _count(policy: str, seconds: pd.DataFrame, arm: str) -> ArmCount:
    calls, bad = (int(seconds[f"{arm}_{what}"].sum()) for what in ("calls", "bad"))
    return ArmCount(policy=policy, calls=calls, bad=bad)


def spoilt_share(calls: pd.DataFrame, compared: pd.DataFrame, slow_s: float | None) -> Measurement:
    """The bad calls of the canary in excess of the baseline's rate, divided by all calls of the run; may be negative.

    `calls` has started_s, ended_s, outcome and arm; a call is bad when it failed or took longer than `slow_s`. The
    baseline's rate is that of the same step, because an upstream that is worse later would else count against a share
    that is larger later. The interval is a bootstrap of the seconds of each step. `compared` has at_s, step and state;
    calls that began after the decision count as calls only.
    """
    if calls.empty:
        return Measurement(name=SPOILT, value=0.0, unit="ratio", n=0, low=None, high=None)
    rng, excess, draws = np.random.default_rng(18), 0.0, np.zeros(DRAWS)
    last = compared.iloc[-1]
    until_s = inf if last["state"] == "comparing" else float(last["at_s"]) + 1.0
    for counts in _by_step(calls[calls["started_s"] < until_s], compared, slow_s):
        excess += float(_excess(counts.sum(axis=0)))
        picked = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=DRAWS)
        draws += _excess((picked @ counts).T)
    value = excess / len(calls)
    draws.sort()
    low, high = (quantile_of(draws, share) / len(calls) for share in (0.025, 0.975))
    return Measurement(
        name=SPOILT, value=value, unit="ratio", n=len(calls), low=min(low, value), high=max(high, value)
    )


def _by_step(calls: pd.DataFrame, compared: pd.DataFrame, slow_s: float | None) -> list[Counts]:
    """For each step the counts of its seconds, shape (seconds, 4): calls and bad ones of canary and of baseline."""
    second = calls["started_s"].to_numpy(np.float64) // 1.0
    took_s = (calls["ended_s"] - calls["started_s"]).to_numpy(np.float64)
    bad = (calls["outcome"] != Outcome.OK.value).to_numpy() | (took_s > (inf if slow_s is None else slow_s))
    row = np.searchsorted(compared["at_s"].to_numpy(), calls["started_s"].to_numpy(), side="right") - 1
    step = compared["step"].to_numpy()[np.clip(row, 0, None)]
    of_arms = [(calls["arm"] == arm).to_numpy() for arm in ("canary", "baseline")]
    columns = [counted.astype(np.float64) for of_arm in of_arms for counted in (of_arm, of_arm & bad)]
    seconds = pd.DataFrame(np.column_stack(columns)).groupby([step, second]).sum()
    return [of_step.to_numpy(np.float64) for _, of_step in seconds.groupby(level=0)]


def _excess(counts: Counts) -> Counts:
    """Bad calls of the canary beyond the baseline's rate; shape (4, …) to (…)."""
    canary, bad, baseline, baseline_bad = counts
    rate = np.divide(baseline_bad, baseline, out=np.zeros_like(baseline), where=baseline > 0)
    found: Counts = np.where(baseline > 0, bad - canary * rate, 0.0)
    return found
