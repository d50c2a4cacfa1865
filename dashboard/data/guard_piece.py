"""What the policy's guards did in some seconds of a run, so that several pieces can be put together to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.data.run_window import ShownWindow
from dashboard.data.sample_bins import added_up, in_sequence, sample_bins
from harness.analyse.measure import guards
from harness.record.reader import Record

AT_WORK = {
    "breaker": "breaker", "budget_left_ratio": "exhausted", "refusal_ratio": "refusing", "limiter_limit": "used_up",
}  # fmt: skip
"""What tells that a guard is there, and the kind of its periods."""
SHARES = {"budget_left_ratio": "retry budget left", "refusal_ratio": "share that the throttle refuses"}
RATES = {"rate_per_s": "attempts per second"}
LIMITS = {"limiter_limit": "concurrency limit", "limiter_in_flight": "attempts in flight"}
PLACES = {"bulkhead_taken": "places taken", "bulkhead_waiting": "attempts waiting"}
OF_PERIOD = ["kind", "host", "state"]


@dataclass(frozen=True, slots=True)
class GuardPiece:
    """Whole bins of a run. `recorded` is False for a run of a version without the table.

    `periods` has kind (breaker, exhausted, refusing, used_up), host, state, start_s and end_s; `readings` has column,
    host, process and n. `shares`, `rates`, `places` and `limits` have at_s, series and value. The lowest share that was
    left of the retry budget, and the shortest and the longest delay of hedges, are NaN where there was none.
    """

    recorded: bool
    periods: pd.DataFrame
    readings: pd.DataFrame
    shares: pd.DataFrame
    rates: pd.DataFrame
    places: pd.DataFrame
    limits: pd.DataFrame
    lowest_budget_ratio: float
    hedge_delays_s: tuple[float, float]


def guard_piece(record: Record, shown: ShownWindow, width_s: float) -> GuardPiece:
    """Reads a run's guards once, or what they did in some seconds, and reduces them, in stretches of `width_s`.

    A sample counts for a second at most, so that a second before and after these tells which periods they have.
    """
    around = record.table("guards")
    reach = guards.COUNTS_AT_MOST_S
    around = around[around["at_s"].between(shown.from_s - reach, shown.until_s + reach)]
    samples = around[around["at_s"].between(shown.from_s, shown.until_s, inclusive="left")]
    left = samples["budget_left_ratio"]
    delays_s = samples["hedge_delay_s"] if "hedge_delay_s" in samples else pd.Series(dtype=float)
    read = [guards.readings(samples, column).assign(column=column) for column in AT_WORK]
    shares = [
        _strictest(samples, column, how, width_s) for column, how in zip(SHARES, ("min", "max"), strict=True)
    ]
    return GuardPiece(
        recorded=record.has("guards"),
        periods=_cut(_periods(around), shown),
        readings=pd.concat(read, ignore_index=True),
        shares=pd.concat(shares, ignore_index=True),
        rates=_strictest(samples, "rate_per_s", "min", width_s),
        places=_together(samples, PLACES, width_s),
        limits=_together(samples, LIMITS, width_s),
        lowest_budget_ratio=float(left.min()),
        hedge_delays_s=(float(delays_s.min()), float(delays_s.max())),
    )


def joined_guards(pieces: Sequence[GuardPiece]) -> GuardPiece:
    """Neighbouring pieces as one: a period that goes on in the next piece is one period."""

    def together(name: str) -> pd.DataFrame:
        return in_sequence([getattr(piece, name) for piece in pieces])

    read = together("readings").groupby(["column", "host", "process"], observed=True)["n"].sum().reset_index()
    return GuardPiece(
        recorded=pieces[-1].recorded,
        periods=_continued(together("periods")),
        readings=read,
        shares=together("shares"),
        rates=together("rates"),
        places=together("places"),
        limits=together("limits"),
        lowest_budget_ratio=float(np.fmin.reduce([piece.lowest_budget_ratio for piece in pieces])),
        hedge_delays_s=(
            float(np.fmin.reduce([piece.hedge_delays_s[0] for piece in pieces])),
            float(np.fmax.reduce([piece.hedge_delays_s[1] for piece in pieces])),
        ),
    )


def _periods(samples: pd.DataFrame) -> pd.DataFrame:
    found = {
        "breaker": guards.breaker_periods(samples),
        "exhausted": guards.exhausted_periods(samples).assign(state=""),
        "refusing": guards.refusing_periods(samples).assign(state=""),
        "used_up": guards.used_up_periods(samples).assign(state=""),
    }
    columns = [*OF_PERIOD, "start_s", "end_s"]
    return pd.concat([frame.assign(kind=kind)[columns] for kind, frame in found.items()], ignore_index=True)


def _cut(periods: pd.DataFrame, shown: ShownWindow) -> pd.DataFrame:
    """The parts of the periods that lie in these seconds."""
    inside = periods.assign(
        start_s=periods["start_s"].clip(lower=shown.from_s), end_s=periods["end_s"].clip(upper=shown.until_s)
    )
    return inside[inside["start_s"] < inside["end_s"]].reset_index(drop=True)


def _continued(periods: pd.DataFrame) -> pd.DataFrame:
    """The periods of which one begins where another of the same state ends are one."""
    ordered = periods.sort_values([*OF_PERIOD, "start_s"], kind="stable", ignore_index=True)
    before = ordered.shift(1)
    new = (ordered[OF_PERIOD] != before[OF_PERIOD]).any(axis=1) | (ordered["start_s"] != before["end_s"])
    whole = ordered.groupby(new.cumsum()).agg(
        {**dict.fromkeys(OF_PERIOD, "first"), "start_s": "first", "end_s": "last"}
    )
    return whole.sort_values(["kind", "host", "start_s"], kind="stable", ignore_index=True)


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
