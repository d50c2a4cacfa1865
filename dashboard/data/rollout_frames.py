"""A rehearsed rollout over time, reduced to what a screen can show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.data.frame_json import Frame
from dashboard.data.run_window import ShownWindow
from harness.assess.rollouts import rollout_result
from harness.model.rollout_result import RolloutResult
from harness.record.reader import Record

TOWARDS = {"back": "to roll it back", "limit": "nearest limit", "on": "to pass the step"}
LIMITS = ["fast_burn_rate", "slow_burn_rate", "latency_ceiling", "queue_depth"]
BIN_S, LEAST_SHOWN = 5.0, -1.0
"""Evidence against a decision has no lower end."""


@dataclass(frozen=True, slots=True)
class RolloutFrames:
    """The seconds of a rollout until its decision, as frames of at_s, series and value.

    `share` is the canary's share of the calls, also after the decision. `evidence` is its logarithm over that of what
    a decision needs, so that each one is taken at 1. `bad` is the share of bad calls of each policy in five seconds.
    Without a second that was compared there is no `result`.
    """

    result: RolloutResult | None
    share: Frame
    evidence: Frame
    bad: Frame


def rollout_frames(record: Record, window: ShownWindow | None = None) -> RolloutFrames | None:
    """Reads a rollout once and reduces it, or some seconds of it; its result is about all. None for one policy."""
    rollout, compared = record.run.rollout, record.table("rollout")
    if rollout is None or rollout.shadow:
        return None
    result = rollout_result(record)
    if window is not None:
        compared = compared[compared["at_s"].between(window.from_s, window.until_s, inclusive="left")]
    return RolloutFrames(
        result=result,
        share=_share(compared, result, record.run.scenario.duration_s),
        evidence=_evidence(compared),
        bad=_bad(compared, {"canary": f"{rollout.new.name} (new)", "baseline": f"{rollout.old.name} (old)"}),
    )


def _share(compared: pd.DataFrame, result: RolloutResult | None, until_s: float) -> pd.DataFrame:
    """Until the decision, and what follows from it until the end of the arrivals."""
    at_s, share = list(compared["at_s"]), list(compared["share"])
    if result is not None and result.decided_s is not None:
        at_s += [result.decided_s, max(until_s, result.decided_s)]
        share += [result.share_after] * 2
    return pd.DataFrame({"at_s": at_s, "series": "share", "value": share})


def _evidence(compared: pd.DataFrame) -> pd.DataFrame:
    """In each second, which is known when it is over."""
    on = compared[["not_worse", "negligible"]].max(axis=1) / compared["promote_from"]
    ratios = {
        "back": compared["worse"] / compared["rollback_from"],
        "limit": compared[LIMITS].max(axis=1) / compared["limit_from"],
        "on": on,
    }
    wide = pd.DataFrame({TOWARDS[key]: ratio.clip(lower=LEAST_SHOWN) for key, ratio in ratios.items()})
    return wide.assign(at_s=compared["at_s"] + 1.0).melt("at_s", list(TOWARDS.values()), "series", "value")


def _bad(compared: pd.DataFrame, policies: dict[str, str]) -> pd.DataFrame:
    at_s, found = (compared["at_s"] // BIN_S * BIN_S).rename("at_s"), []
    for arm, policy in policies.items():
        sums = compared[[f"{arm}_calls", f"{arm}_bad"]].groupby(at_s).sum()
        value = (sums[f"{arm}_bad"] / sums[f"{arm}_calls"].where(sums[f"{arm}_calls"] > 0)).rename("value")
        line = value.reset_index()
        end = line.tail(1).assign(at_s=line["at_s"] + BIN_S)  # The last step of a line has a length, too.
        found.append(pd.concat([line, end]).assign(series=policy))
    return pd.concat(found, ignore_index=True)[["at_s", "series", "value"]]
