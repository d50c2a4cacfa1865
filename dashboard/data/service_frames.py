"""What the processes of a started service used of the machine, in stretches of a run."""

from __future__ import annotations

import pandas as pd

COLUMNS = ["at_s", "busiest", "together", "rss_bytes", "processes"]


def service_frame(samples: pd.DataFrame, width_s: float = 1.0) -> pd.DataFrame:
    """The record's table `service`, one row for each stretch of `width_s` seconds.

    `busiest` is the highest share of a core that one process used, `together` the cores that all of them used,
    `rss_bytes` their memory, and `processes` how many they were; of a stretch the highest of each.
    """
    if samples.empty:
        return pd.DataFrame(columns=COLUMNS, dtype=float)
    moments = samples.groupby("at_s").agg(
        busiest=("cpu_ratio", "max"),
        together=("cpu_ratio", "sum"),
        rss_bytes=("rss_bytes", "sum"),
        processes=("pid", "nunique"),
    )
    at_s = (moments.index.to_series() // width_s * width_s).rename("at_s")
    return moments.groupby(at_s).max().reset_index()
