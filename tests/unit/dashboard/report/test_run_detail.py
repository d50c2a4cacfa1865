"""What the report shows of one run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from dashboard.data.run_frames import run_frames
from dashboard.data.service_frames import service_frame
from dashboard.report.run_detail import run_detail
from harness.record.reader import Record, open_run
from tests.unit.harness.recorded_rollouts import corrupt, recorded_shadow

SAMPLES = pd.DataFrame({"at_s": [1.0, 2.0], "pid": 7, "cpu_ratio": [0.5, 0.7], "rss_bytes": 1 << 20})


@pytest.mark.parametrize(("samples", "shown"), [(SAMPLES, True), (SAMPLES[:0], False)])
def test_a_started_service_has_a_section_of_its_processes(
    records: list[Record], samples: pd.DataFrame, shown: bool
) -> None:
    frames = replace(run_frames(records[0]), service=service_frame(samples))
    titles = [section.heading for section in run_detail(records[0], "a", frames, "k").sections]
    assert ("The service's processes" in titles) is shown


def test_a_shadow_is_a_section_with_its_decision_its_charts_and_what_differed(tmp_path: Path) -> None:
    record = open_run(recorded_shadow(tmp_path, corrupt))
    detail = run_detail(record, "shadowed", run_frames(record), "run0")
    (section,) = [section for section in detail.sections if section.heading == "Shadow"]
    assert section.sentence.startswith("The responses of textbook are shown to differ from those of careful")
    assert section.figure is not None
    assert section.table is not None
    assert section.table.rows == (("body.total", "80", "0"),)
