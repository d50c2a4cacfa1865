"""The connection pool's size and its waiting callers are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.charts import pool
from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.data.run_frames import RunFrames, run_frames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from harness.record.reader import open_run
from tests.unit.dashboard import drawn


def test_waiting_callers_are_counted_in_words(made: dict[str, Path]) -> None:
    samples = run_frames(open_run(made["killed"])).pool
    assert "at most 58 callers waited" in pool.pool_sentence(samples)


def test_connections_beyond_the_pool_are_said_to_be_overflow(seen: RunFrames) -> None:
    assert seen.pool["in_use"].max() == 64
    said = pool.pool_sentence(seen.pool)
    assert "At most 44 overflow connections were open beyond them; each is discarded after its use." in said


def test_the_pools_size_is_named_on_the_chart(seen: RunFrames, behind: Backdrop) -> None:
    assert "pool_maxsize 20" in drawn.svg(pool.pool(seen.pool, behind))


@pytest.mark.parametrize(("maxsize", "side"), [(20, "bottom"), (64, "top")], ids=["exceeded", "not exceeded"])
def test_the_name_of_the_pools_size_is_not_drawn_above_the_chart(
    seen: RunFrames, behind: Backdrop, maxsize: int, side: str
) -> None:
    chart = drawn.spec(pool.pool(seen.pool.assign(maxsize=maxsize), behind))
    texts = [layer["mark"] for layer in chart["layer"] if layer["mark"]["type"] == "text"]
    named = [mark for mark in texts if mark["align"] == "right"]
    assert {mark["baseline"] for mark in named} == {side}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_panel_of_the_pool_is_valid_in_both_themes(seen: RunFrames, palette: Palette) -> None:
    panels = [pool.pool(seen.pool, backdrop_of(seen, palette))]
    assert all(palette.ink in str(styled(panel, palette).to_dict()) for panel in panels)
