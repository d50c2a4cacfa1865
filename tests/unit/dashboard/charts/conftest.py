"""The run that the charts of these tests draw."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.data.run_frames import RunFrames, run_frames
from dashboard.theme.palette import LIGHT
from harness.record.reader import open_run


@pytest.fixture(scope="module")
def seen(made: dict[str, Path]) -> RunFrames:
    return run_frames(open_run(made["textbook"]))


@pytest.fixture(scope="module")
def behind(seen: RunFrames) -> Backdrop:
    return backdrop_of(seen, LIGHT)
