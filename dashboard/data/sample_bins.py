"""Samples of one run in stretches of time, so that a long run is drawn with as many points as a screen can show."""

from __future__ import annotations

import pandas as pd

STEP_S, STEPS_AT_MOST = 0.5, 1000


def sample_bins(samples: pd.DataFrame) -> pd.Series[float]:
    """The beginning of each sample's stretch, in seconds: half a second long, or longer for a long run.

    Hosts and processes are sampled at moments of their own; within a stretch they can be put together.
    """
    width_s = max(STEP_S, float(samples["at_s"].max()) / STEPS_AT_MOST)
    return (samples["at_s"] // width_s * width_s).rename("at_s")


def added_up(samples: pd.DataFrame, counts: list[str]) -> pd.DataFrame:
    """`at_s` and the counts of all hosts and processes added up, each with its highest value in a stretch.

    No peak is lost.
    """
    if samples.empty:
        return samples[["at_s", *counts]]
    sources = [column for column in ("host", "process") if column in samples.columns]
    highest = samples.groupby([sample_bins(samples), *sources], observed=True)[counts].max()
    return highest.groupby("at_s").sum().reset_index()
