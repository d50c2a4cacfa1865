"""Samples of a service's processes, put together."""

import pandas as pd

from dashboard.data.service_frames import COLUMNS, service_frame
from harness.record.schema import TABLES


def test_processes_of_one_sample_are_added_up_and_the_busiest_is_kept() -> None:
    samples = pd.DataFrame(
        {"at_s": [1.0, 1.0, 2.0], "pid": [7, 8, 7], "cpu_ratio": [0.9, 0.2, 0.5], "rss_bytes": [10, 20, 30]}
    )
    found = service_frame(samples)
    assert found[COLUMNS].to_numpy().tolist() == [[1.0, 0.9, 1.1, 30, 2], [2.0, 0.5, 0.5, 30, 1]]


def test_a_run_without_a_service_has_an_empty_frame() -> None:
    found = service_frame(TABLES["service"].empty_table().to_pandas())
    assert (list(found.columns), len(found)) == (COLUMNS, 0)
