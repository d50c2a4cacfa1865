"""The levers of a run, as pages list them and charts name them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd

from dashboard.data.event_spans import spans
from dashboard.data.pulled_levers import pulled_levers, untouched
from harness.record.reader import open_run

EVENT = {
    "at_s": 14.2,
    "kind": "lever",
    "name": "throttle rate_per_s=120",
    "action": "pulled",
    "detail": json.dumps({"who": "ana", "asked_s": 14.1, "acknowledged": 2, "processes": 2, "problem": ""}),
}


def test_a_pulled_lever_says_when_what_and_who() -> None:
    row = pulled_levers(pd.DataFrame([EVENT])).iloc[0]
    assert row.tolist() == [14.2, "throttle rate_per_s=120", "ana", "acknowledged by 2 of 2 processes"]


def test_a_lever_that_failed_says_why() -> None:
    failed = EVENT | {"action": "failed", "detail": json.dumps({"who": "ana", "problem": "no breaker here"})}
    assert pulled_levers(pd.DataFrame([failed]))["result"].tolist() == ["no breaker here"]
    assert spans(pd.DataFrame([failed]), 30)["label"].tolist() == ["throttle rate_per_s=120 (failed)"]


def test_a_lever_is_named_on_the_charts_without_its_paperwork() -> None:
    assert spans(pd.DataFrame([EVENT]), 30)["label"].tolist() == ["throttle rate_per_s=120"]


def test_a_run_is_untouched_until_a_lever_is_requested(made: dict[str, Path], tmp_path: Path) -> None:
    record = open_run(Path(shutil.copytree(made["careful"], tmp_path / "run")))
    assert untouched(record)
    (record.folder / "levers").mkdir()
    assert not untouched(record)
