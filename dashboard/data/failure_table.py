"""The failed calls of some seconds by kind, status and route."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.data.call_table import request_text
from harness.analyse.measure.columns import is_error
from harness.model.call_query import CallFilter

KEYS = ["outcome", "status", "method", "route"]


def failures(calls: pd.DataFrame) -> pd.DataFrame:
    """Failed calls, one row per outcome, status and route, most calls first.

    Columns: KEYS, `calls`, their `share` of all calls of the route, and when the first and the last of them ended,
    `first_s` and `last_s`.
    """
    failed = calls[is_error(calls)]
    by_kind = failed.groupby(KEYS, observed=True)["ended_s"]
    found = by_kind.agg(calls="size", first_s="min", last_s="max").reset_index()
    of_route = calls.groupby(["method", "route"], observed=True).size().rename("of")
    found = found.join(of_route, on=["method", "route"])
    shares = found.assign(share=found["calls"] / found["of"]).drop(columns="of")
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
