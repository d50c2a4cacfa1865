"""Samples of one run in stretches of time, so that a long run is drawn with as many points as a screen can show."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

STEP_S, PER_BIN = 0.5, 4


def stretch_s(bin_s: float) -> float:
    """How long a stretch is where a bin of the charts has so many seconds; a bin is a whole number of stretches."""
    return max(STEP_S, bin_s / PER_BIN)


def sample_bins(samples: pd.DataFrame, width_s: float) -> pd.Series[float]:
    """The beginning of each sample's stretch of `width_s` seconds.

    Hosts and processes are sampled at moments of their own; within a stretch they can be put together.
    """
    return (samples["at_s"] // width_s * width_s).rename("at_s")


def added_up(samples: pd.DataFrame, counts: list[str], width_s: float) -> pd.DataFrame:
    """`at_s` and the counts of all hosts and processes added up, each with its highest value in a stretch.

    No peak is lost.
    """
    if samples.empty:
        return samples[["at_s", *counts]]
    sources = [column for column in ("host", "process") if column in samples.columns]
    highest = samples.groupby([sample_bins(samples, width_s), *sources], observed=True)[counts].max()
    return highest.groupby("at_s").sum().reset_index()


def in_sequence(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames with the same columns, one after the other; an empty one has no say in the types."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
