"""What the policy's guards did in one run, reduced to what a screen can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.data.frame_json import Frame
from dashboard.data.run_piece import RunPiece
from dashboard.data.run_window import ShownWindow
from dashboard.data.sample_bins import added_up, sample_bins, stretch_s
from harness.analyse.measure import guards
from harness.analyse.measure.guards import GuardActivity
from harness.model.policy import Policy
from harness.record.reader import Record

LANES_AT_MOST = 8
SHARES = {"budget_left_ratio": "retry budget left", "refusal_ratio": "share that the throttle refuses"}
RATES = {"rate_per_s": "attempts per second"}
LIMITS = {"limiter_limit": "concurrency limit", "limiter_in_flight": "attempts in flight"}
HEDGES = {"won": "hedges that won", "lost": "hedges that lost"}
PLACES = {"bulkhead_taken": "places taken", "bulkhead_waiting": "attempts waiting"}


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


def guard_frames(
    record: Record, piece: RunPiece, bin_s: float = 1.0, window: ShownWindow | None = None
) -> GuardFrames:
    """Reads a run's guards once, or what they did in some seconds, and reduces them; `piece` has the hedges."""
    samples, width_s = record.table("guards"), stretch_s(bin_s)
    if window is not None:
        samples = samples[samples["at_s"].between(window.from_s, window.until_s, inclusive="left")]
    periods = guards.breaker_periods(samples)
    opened = _activity(samples, "breaker", periods[periods["state"] == "open"])
    half_opened = _activity(samples, "breaker", periods[periods["state"] == "half-open"])
    drawn = [one.host for one in opened[:LANES_AT_MOST]]
    left = samples["budget_left_ratio"].dropna()
    return GuardFrames(
        recorded=record.has("guards"),
        declared=_has_guards(record.run.policy),
        breakers=periods[periods["host"].isin(drawn)].reset_index(drop=True),
        shares=pd.concat(
            [
                _strictest(samples, "budget_left_ratio", "min", width_s),
                _strictest(samples, "refusal_ratio", "max", width_s),
            ],
            ignore_index=True,
        ),
        rates=_strictest(samples, "rate_per_s", "min", width_s),
        places=_together(samples, PLACES, width_s),
        limits=_together(samples, LIMITS, width_s),
        opened=opened,
        half_opened=half_opened,
        exhausted=_activity(samples, "budget_left_ratio", guards.exhausted_periods(samples)),
        refusing=_activity(samples, "refusal_ratio", guards.refusing_periods(samples)),
        used_up=_activity(samples, "limiter_limit", guards.used_up_periods(samples)),
        lowest_budget_ratio=float(left.min()) if len(left) else None,
        hedges=_hedges(piece.hedges, bin_s),
        hedges_sent=int(piece.hedges[["won", "lost"]].to_numpy().sum()),
        hedges_won=int(piece.hedges["won"].sum()),
        hedge_delays_s=_delays_s(samples),
        not_hedged=dict(piece.unhedged.most_common()),
    )


def _activity(samples: pd.DataFrame, column: str, periods: pd.DataFrame) -> tuple[GuardActivity, ...]:
    return tuple(guards.activity(samples, column, periods))


def _has_guards(policy: Policy) -> bool:
    budget = policy.retry is not None and policy.retry.budget is not None
    own = (policy.breaker, policy.throttle, policy.bulkhead, policy.limiter, policy.hedge)
    return budget or any(guard is not None for guard in own)


def _strictest(samples: pd.DataFrame, column: str, strictest: str, width_s: float) -> pd.DataFrame:
    """One line of the strictest value over hosts and processes: at_s, series, value."""
    known = samples.loc[samples[column].notna(), ["at_s", column]]
    if known.empty:
        return pd.DataFrame({"at_s": [], "series": pd.Series(dtype=str), "value": []})
    value = known.groupby(sample_bins(known, width_s))[column].agg(strictest).rename("value").reset_index()
    return value.assign(series=(SHARES | RATES)[column])


def _together(samples: pd.DataFrame, names: dict[str, str], width_s: float) -> pd.DataFrame:
    """Lines of these columns, over all hosts and processes together: at_s, series, value."""
    known = samples[samples[next(iter(names))].notna()]
    together = added_up(known, list(names), width_s).rename(columns=names)
    return together.melt("at_s", list(names.values()), "series", "value")


def _hedges(counted: pd.DataFrame, bin_s: float) -> pd.DataFrame:
    """Hedges per second that won and that lost, in every bin of attempts: at_s, series, value."""
    if not counted[["won", "lost"]].to_numpy().any():
        return pd.DataFrame({"at_s": [], "series": pd.Series(dtype=str), "value": []})
    bins = np.arange(counted["at_s"].min(), counted["at_s"].max() + bin_s / 2, bin_s)
    found = counted.set_index("at_s").reindex(bins, fill_value=0) / bin_s
    return found.rename(columns=HEDGES).reset_index().melt("at_s", list(HEDGES.values()), "series", "value")


def _delays_s(samples: pd.DataFrame) -> tuple[float, float] | None:
    known = samples["hedge_delay_s"].dropna() if "hedge_delay_s" in samples else pd.Series(dtype=float)
    return (float(known.min()), float(known.max())) if len(known) else None
