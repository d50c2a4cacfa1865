"""Samples are put together in stretches of time, and no peak is lost."""

from __future__ import annotations

import pandas as pd

from dashboard.data.run_window import BINS_AT_MOST, bin_of
from dashboard.data.sample_bins import PER_BIN, added_up, sample_bins, stretch_s


def test_hosts_and_processes_are_added_up_with_the_highest_value_of_each() -> None:
    samples = pd.DataFrame(
        {
            "at_s": [0.1, 0.3, 0.15, 0.6],
            "host": ["a", "a", "b", "a"],
            "process": [0, 0, 0, 0],
            "in_use": [1, 5, 2, 3],
        }
    )

    assert added_up(samples, ["in_use"], 0.5).to_dict("list") == {"at_s": [0.0, 0.5], "in_use": [7, 3]}


def test_a_long_run_has_no_more_stretches_than_a_screen_shows() -> None:
    samples = pd.DataFrame({"at_s": [i * 0.2 for i in range(50_000)]})
    bin_s = bin_of(10_000)

    assert sample_bins(samples, stretch_s(bin_s)).nunique() <= PER_BIN * BINS_AT_MOST


def test_a_bin_is_a_whole_number_of_stretches() -> None:
    assert {(bin_s / stretch_s(bin_s)) % 1 for bin_s in (1.0, 2.0, 3.0, 7.0, 12.0)} == {0.0}
