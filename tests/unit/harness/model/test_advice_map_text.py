"""The twin's map of an advice in words."""

from __future__ import annotations

import pytest

from harness.model.advice_map import AdviceMap, GridCell, RateState, SearchedPolicy, SettingGrid
from harness.model.advice_map_text import grid_table, grid_title, map_table, search_sentence
from harness.model.verdict import Measurement

P99 = Measurement(name="latency.p99", value=0.02, unit="s", n=5, low=0.01, high=0.03)
SAME = Measurement(name="amplification", value=1.0, unit="attempts/call", n=5, low=1.0, high=1.0)


def _state(kept: int, *, outside: bool = False, **measured: Measurement) -> RateState:
    found = {m.name: m for m in measured.values()}
    return RateState(factor=0.5, rate_per_s=60.0, kept=kept, seeds=5, measurements=found, outside=outside)


def _searched(*kept: int, retries: int = 2) -> AdviceMap:
    return AdviceMap(
        searched=tuple(
            SearchedPolicy(retries=retries, read_s=0.5 + i, kept=k, seeds=5) for i, k in enumerate(kept)
        )
    )


def test_a_row_has_the_rate_the_seeds_and_each_band() -> None:
    columns, rows = map_table(AdviceMap(states=(_state(5, a=P99, b=SAME), _state(0, outside=True, a=P99))))
    assert columns == ["Rate", "SLO", "Latency p99", "Attempts per call"]
    assert rows == [
        ["60.0/s (0.5 ×)", "✓ keeps (5 of 5)", "20.0 ms (10.0 ms – 30.0 ms)", "1.00"],
        ["60.0/s (0.5 ×) *", "✗ breaks (0 of 5)", "20.0 ms (10.0 ms – 30.0 ms)", "–"],
    ]


@pytest.mark.parametrize(("kept", "state"), [(5, "keeps"), (4, "may break"), (1, "may break"), (0, "breaks")])
def test_a_state_is_by_all_some_or_no_seeds(kept: int, state: str) -> None:
    assert _state(kept).state == state


def test_a_search_that_finds_none_agrees() -> None:
    said = search_sentence(_searched(0, 4))
    assert "agrees that no policy would do: of 2 policies in the twin, with 0 to 2 retries" in said
    assert "read timeouts of 500 ms to 1.50 s, 5 seeds each" in said


def test_a_search_that_finds_one_contradicts_and_names_it() -> None:
    said = search_sentence(_searched(0, 5))
    assert "contradicts" in said
    assert "1 keep the SLO in all seeds" in said
    assert "retry.total = 2 with timeout.read_s = 1.5" in said


def test_a_call_that_may_not_be_repeated_has_no_retries() -> None:
    assert "with no retries, because the call may not be repeated," in search_sentence(
        _searched(0, retries=0)
    )


def made_grid() -> SettingGrid:
    """Three rates and two numbers of retries; the advised point is in the middle of the lower row."""
    kept = (((1, 1), (1, 1), (3, 5)), ((1, 1), (2, 5), (0, 1)))
    cells = tuple(
        GridCell(x=x, y=y, kept=k, seeds=n) for y, row in enumerate(kept) for x, (k, n) in enumerate(row)
    )
    return SettingGrid(
        key="retry.total", values=(1, 2), factors=(0.5, 1.0, 2.0), rates_per_s=(20.0, 40.0, 80.0),
        advised=(1, 0), cells=cells,
    )  # fmt: skip


def test_a_grid_has_its_highest_value_first_and_the_advised_point_in_brackets() -> None:
    columns, rows = grid_table(made_grid())
    assert columns == ["retry.total", "0.5 ×", "1 ×", "2 ×"]
    assert rows == [["2", "✓", "?", "✗"], ["1", "✓", "[✓]", "?"]]


def test_a_grid_says_what_it_is_about_and_how_many_seeds_it_has() -> None:
    title = grid_title(made_grid())
    assert "Predicted over the rate and retry.total" in title
    assert "advised is retry.total = 1 at 40.0/s" in title
    assert title.endswith("1 to 5 seeds a cell.")


def test_a_cell_differs_where_one_beside_it_has_another_state() -> None:
    grid = made_grid()
    assert [grid.differs(cell) for cell in grid.cells] == [False, True, True, True, True, True]
