"""Pieces of the guards of a run add up to its guards."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from dashboard.data.guard_piece import guard_piece, joined_guards
from dashboard.data.run_window import ShownWindow
from tests.unit.dashboard.made_guards import eventful


@pytest.mark.parametrize("borders", [(0.7,), (0.6,), (0.2, 0.4, 1.0), (0.5, 3.0)])
def test_pieces_of_a_run_have_together_what_the_whole_has(tmp_path: Path, borders: tuple[float, ...]) -> None:
    """A breaker that is open across a border was open once, for as long as it was."""
    record = eventful(tmp_path)
    ends = (0.0, *borders, 30.0)
    pieces = [guard_piece(record, ShownWindow(*span), 0.1) for span in pairwise(ends)]
    whole, joined = guard_piece(record, ShownWindow(0.0, 30.0), 0.1), joined_guards(pieces)
    for piece in (whole, joined):
        piece.periods[["start_s", "end_s"]] = piece.periods[["start_s", "end_s"]].round(9)
    pd.testing.assert_frame_equal(joined.periods, whole.periods)
    for name in ("shares", "rates", "places", "limits", "readings"):
        one, other = getattr(joined, name), getattr(whole, name)[list(getattr(joined, name))]
        pd.testing.assert_frame_equal(*(f.sort_values(list(one), ignore_index=True) for f in (one, other)))
    assert joined.lowest_budget_ratio == whole.lowest_budget_ratio == 0.0
