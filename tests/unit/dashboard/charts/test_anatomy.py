"""The parts of a call's time are drawn whole, in order, and put in words."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from dashboard.charts import anatomy
from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.data.run_frames import RunFrames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from harness.model.quantities import PARTS
from tests.unit.dashboard import drawn


def test_the_parts_drawn_add_up_to_the_parts_given(seen: RunFrames, behind: Backdrop) -> None:
    rows = pd.DataFrame(drawn.rows(anatomy.anatomy(seen.parts, behind), "place"))
    stacked = rows.groupby("at_s")["mean_s"].sum()
    given = seen.parts.groupby("at_s")["mean_s"].sum()
    assert (stacked - given).abs().max() <= 0.02 * given.max()


def test_parts_are_stacked_in_the_order_of_a_calls_life(seen: RunFrames, behind: Backdrop) -> None:
    rows = pd.DataFrame(drawn.rows(anatomy.anatomy(seen.parts, behind), "place"))
    order = rows.sort_values("place")["part"].unique().tolist()
    assert order == [part.title for part in PARTS if part.title in order]


def test_the_largest_part_is_named_in_words(seen: RunFrames) -> None:
    assert "thread wait" in anatomy.anatomy_sentence(seen.parts)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_panel_of_parts_is_valid_in_both_themes(seen: RunFrames, palette: Palette) -> None:
    panels = [anatomy.anatomy(seen.parts, backdrop_of(seen, palette))]
    assert all(palette.ink in str(styled(panel, palette).to_dict()) for panel in panels)


def test_seconds_in_which_no_call_ended_are_not_drawn(seen: RunFrames, behind: Backdrop) -> None:
    silent = seen.parts[~seen.parts["at_s"].between(5, 7)]
    assert drawn.broken_paths(anatomy.anatomy(seen.parts, behind)) == 0
    assert drawn.broken_paths(anatomy.anatomy(silent, behind)) >= 1


def test_the_names_of_the_parts_fit_on_a_phone(behind: Backdrop) -> None:
    longest = sorted((part.title for part in PARTS), key=len)[-4:]
    parts = pd.DataFrame([(float(at), part, 0.1) for at in range(9) for part in longest])
    chart = anatomy.anatomy(parts.set_axis(["at_s", "part", "mean_s"], axis="columns"), behind)
    entries = drawn.svg(chart, width=310).split("role-legend-entry", 1)[1]
    left_px = {
        float(x) for x in re.findall(r'translate\(([\d.]+),[\d.]+\)"><path class="background"', entries)
    }
    assert len(left_px) == 2
