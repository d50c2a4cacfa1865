"""Runs that an older version recorded are measured and judged like new ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from harness.analyse.measure.timeline import parts
from harness.assess.verdict import judged_end
from harness.record.reader import Record, open_run

FIXTURES = Path(__file__).parents[3] / "fixtures" / "schema_1"
UNKNOWN = ("throttle_s", "pool_wait_s")


@pytest.fixture
def older(tmp_path: Path) -> Record:
    """The run of schema 1, as a version would have recorded it that did not know two of the durations yet."""
    (folder,) = (path.parent for path in FIXTURES.glob("*/run.json"))
    shutil.copytree(folder, tmp_path / folder.name)
    for table in ("calls", "attempts"):
        file = tmp_path / folder.name / f"{table}.parquet"
        pyarrow.parquet.write_table(pyarrow.parquet.read_table(file).drop_columns(list(UNKNOWN)), file)
    return open_run(tmp_path / folder.name)


def test_a_run_of_schema_1_is_measured_as_it_was_when_it_was_recorded() -> None:
    (folder,) = (path.parent for path in FIXTURES.glob("*/run.json"))
    record = open_run(folder)
    assert record.end is not None

    now = judged_end(record, None)

    assert now.verdict.kind == record.end.verdict.kind
    # The median over callers followed another rule of quantiles then.
    for name in set(record.end.measurements) - {"starved_caller.p50"}:
        assert now.measurements[name] == record.end.measurements[name]


def test_a_duration_that_was_not_recorded_is_measured_as_0(older: Record) -> None:
    assert judged_end(older, None).measurements["pool_wait.p99"].value == 0.0


def test_the_parts_of_a_call_that_was_recorded_without_some_add_up_to_its_latency(older: Record) -> None:
    calls = older.calls()

    found = parts(calls)

    assert found["pool wait"].max() == 0.0
    assert np.sum(list(found.values()), axis=0) == pytest.approx(calls["latency_s"].to_numpy())
