"""What the policy's guards did in one run, reduced to what a screen can show."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
import pandas as pd

from dashboard.data.frame_json import Frame
from dashboard.data.guard_piece import AT_WORK, GuardPiece
from dashboard.data.run_piece import RunPiece
from harness.analyse.measure import guards
from harness.analyse.measure.guards import GuardActivity
from harness.model.policy import Policy
from harness.record.reader import Record

LANES_AT_MOST = 8
BREAKER = ["host", "state", "start_s", "end_s"]
HEDGES = {"won": "hedges that won", "lost": "hedges that lost"}


@dataclass(frozen=True, slots=True)
class GuardFrames:
    """One run's guards. Times are seconds; an empty frame or list means that there was no such guard.

    `recorded` is False for a run of a version without the table, `declared` says whether the policy has a guard.
    `breakers` has host, state, start_s and end_s, of the hosts that were open longest. `shares` (0 to 1), `rates`
    (attempts per second), `places` and `limits` (of the bulkheads and the limiters, all hosts and processes together)
    and `hedges` (per second) have at_s, series and value. `hedge_delays_s` are the shortest and the longest delay of
    hedges, `not_hedged` the attempts that were not followed by a hedge, by reason. `lowest_budget_ratio` is the least
    that was left of the retry budget.
    """

    recorded: bool
    declared: bool
    breakers: Frame
    shares: Frame
    rates: Frame
    places: Frame
    limits: Frame
    opened: tuple[GuardActivity, ...]
    half_opened: tuple[GuardActivity, ...]
    exhausted: tuple[GuardActivity, ...]
    refusing: tuple[GuardActivity, ...]
    used_up: tuple[GuardActivity, ...]
    lowest_budget_ratio: float | None
    hedges: Frame
    hedges_sent: int
    hedges_won: int
    hedge_delays_s: tuple[float, float] | None
    not_hedged: dict[str, int]

    @property
    def sampled(self) -> bool:
        """Whether there is anything to show."""
        frames = (self.breakers, self.shares, self.rates, self.places, self.limits, self.hedges)
        return any(len(frame) for frame in frames) or self.hedge_delays_s is not None


def guard_frames(record: Record, piece: RunPiece, bin_s: float) -> GuardFrames:
    """What the guards did in the seconds that `piece` is about, in bins of `bin_s`."""
    found, breakers = piece.guards, piece.guards.periods[piece.guards.periods["kind"] == "breaker"]
    opened = _activity(found, "breaker", "open")
    drawn = [one.host for one in opened[:LANES_AT_MOST]]
    return GuardFrames(
        recorded=found.recorded,
        declared=_has_guards(record.run.policy),
        breakers=breakers.loc[breakers["host"].isin(drawn), BREAKER].reset_index(drop=True),
        shares=_in_order(found.shares),
        rates=_in_order(found.rates),
        places=_in_order(found.places),
        limits=_in_order(found.limits),
        opened=opened,
        half_opened=_activity(found, "breaker", "half-open"),
        exhausted=_activity(found, "budget_left_ratio"),
        refusing=_activity(found, "refusal_ratio"),
        used_up=_activity(found, "limiter_limit"),
        lowest_budget_ratio=None if isnan(found.lowest_budget_ratio) else found.lowest_budget_ratio,
        hedges=_hedges(piece.hedges, bin_s),
        hedges_sent=int(piece.hedges[["won", "lost"]].to_numpy().sum()),
        hedges_won=int(piece.hedges["won"].sum()),
        hedge_delays_s=None if isnan(found.hedge_delays_s[0]) else found.hedge_delays_s,
        not_hedged=dict(piece.unhedged.most_common()),
    )


def _activity(found: GuardPiece, column: str, state: str = "") -> tuple[GuardActivity, ...]:
    """For each host with readings in `column`, how long that guard was at work, or a breaker in this state."""
    of_state = (found.periods["kind"] == AT_WORK[column]) & (found.periods["state"] == state)
    readings = found.readings[found.readings["column"] == column]
    return tuple(guards.activity(readings, found.periods[of_state]))


def _in_order(lines: pd.DataFrame) -> pd.DataFrame:
    return lines.sort_values(["series", "at_s"], kind="stable", ignore_index=True)


def _has_guards(policy: Policy) -> bool:
    budget = policy.retry is not None and policy.retry.budget is not None
    own = (policy.breaker, policy.throttle, policy.bulkhead, policy.limiter, policy.hedge)
    return budget or any(guard is not None for guard in own)


def _hedges(counted: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """Hedges per second that won and that lost, in every bin of attempts: at_s, series, value."""
    if not counted[["won", "lost"]].to_numpy().any():
        return pd.DataFrame({"at_s": [], "series": pd.Series(dtype=str), "value": []})
    bins = np.arange(counted["at_s"].min(), counted["at_s"].max() + bin_s / 2, bin_s)
    found = counted.set_index("at_s").reindex(bins, fill_value=0) / bin_s
    return found.rename(columns=HEDGES).reset_index().melt("at_s", list(HEDGES.values()), "series", "value")
