"""The failed calls of some seconds by kind, status and route."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.data.call_table import request_text
from harness.analyse.measure.columns import is_error
from harness.model.call_query import CallFilter

KEYS = ["outcome", "status", "method", "route"]


def outcomes(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls by outcome, status and route: KEYS, `calls`, and when the first and the last ended, `first_s`, `last_s`."""
    by_kind = calls.groupby(KEYS, observed=True)["ended_s"]
    return by_kind.agg(calls="size", first_s="min", last_s="max").reset_index()


def added_outcomes(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The outcomes of several parts of a run as those of all of it."""
    by_kind = pd.concat(parts, ignore_index=True).groupby(KEYS, observed=True)
    return by_kind.agg({"calls": "sum", "first_s": "min", "last_s": "max"}).reset_index()


def failures(found: pd.DataFrame) -> pd.DataFrame:
    """Of these outcomes the failed calls, one row per outcome, status and route, most calls first.

    Columns: KEYS, `calls`, their `share` of all calls of the route, and when the first and the last of them ended,
    `first_s` and `last_s`.
    """
    failed = found[is_error(found)]
    of_route = found.groupby(["method", "route"], observed=True)["calls"].sum().rename("of")
    failed = failed.join(of_route, on=["method", "route"])
    shares = failed.assign(share=failed["calls"] / failed["of"]).drop(columns="of")
    return shares.sort_values("calls", ascending=False, kind="stable", ignore_index=True)


def failure_rows(found: pd.DataFrame, from_s: float, until_s: float) -> list[dict[str, Any]]:
    """The same as texts; `wanted` is the filter that lists the row's calls, which ended in these seconds."""
    return [
        {
            "outcome": row["outcome"],
            "status": str(row["status"] or "none"),
            "request": request_text(row["method"], row["route"]),
            "calls": f"{row['calls']:,}",
            "share": f"{row['share']:.1%}",
            "between": f"{row['first_s']:.1f} s to {row['last_s']:.1f} s",
            "wanted": CallFilter(
                outcomes=(row["outcome"],),
                statuses=(int(row["status"]),),
                routes=(row["route"],),
                from_s=from_s or None,
                until_s=until_s,
            ),
        }
        for row in found.to_dict("records")
    ]
