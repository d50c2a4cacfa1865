"""Home's table and Compare's in a real browser: what is seen without scrolling, where links lead, how bars lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.e2e.browser import Shoot, Visitor, served
from tests.unit.dashboard import made_comparisons
from tests.unit.dashboard.made_runs import CAREFUL, STATELESS

PHONE, WIDE = (390, True), (1280, False)
SIZES = [
    pytest.param(*PHONE, id="390-dark"),
    pytest.param(*WIDE, id="1280-light", marks=pytest.mark.acceptance),
]
BARS = """
    return [...document.querySelectorAll('.surgeline .track')].map(track => {
        const box = track.getBoundingClientRect();
        const inside = [...track.querySelectorAll('.interval, .limit')].map(e => e.getBoundingClientRect())
            .every(e => e.left >= box.left - 3 && e.right <= box.right + 3);
        return [box.width, inside];
    });
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two seeds of a policy inside the SLO and of one outside."""
    root = tmp_path_factory.mktemp("decision") / "runs"
    return made_comparisons.compared(root, "winner", ["ratio(error) < 1%"], STATELESS, CAREFUL, seeds=(7, 8))


@pytest.fixture(scope="module")
def visitor(tab: Chrome, runs: list[Path]) -> Iterator[Visitor]:
    """A browser in front of a dashboard over those runs."""
    with served(runs[0].parent) as address:
        yield Visitor(tab, address)


def _compare(runs: list[Path]) -> str:
    return "/compare?" + "&".join(f"runs={run.name}" for run in runs)


@pytest.mark.parametrize(("width", "dark"), SIZES)
@pytest.mark.parametrize("page", ["home", "compare"])
def test_the_decision_is_seen_without_scrolling(
    visitor: Visitor, runs: list[Path], shoot: Shoot, page: str, width: int, dark: bool
) -> None:
    visitor.look(width, dark=dark, height=844)
    visitor.open("/" if page == "home" else _compare(runs))
    visitor.sees("Ship careful: the only policy that meets the SLO")
    bottom = "return document.querySelector('[data-testid=stAlert]').getBoundingClientRect().bottom"
    assert visitor.browser.execute_script(bottom) < 844
    shoot(f"decision-{page}-{width}-{'dark' if dark else 'light'}")
    assert not visitor.overflows()


@pytest.mark.parametrize(
    ("width", "dark"),
    [pytest.param(*PHONE, id="390-dark", marks=pytest.mark.acceptance), pytest.param(*WIDE, id="1280-light")],
)
def test_bars_and_limits_lie_within_their_axes(
    visitor: Visitor, runs: list[Path], width: int, dark: bool
) -> None:
    visitor.look(width, dark=dark)
    visitor.open(_compare(runs))
    visitor.sees("Differences that are shown")
    bars: list[tuple[float, bool]] = visitor.browser.execute_script(BARS)
    assert len(bars) > 10
    assert all(wide > 200 and inside for wide, inside in bars)


def test_a_cell_opens_its_run_in_the_same_tab(visitor: Visitor, runs: list[Path]) -> None:
    visitor.look()
    visitor.open("/")
    visitor.sees("Scenarios and policies")
    visitor.click(".surgeline td a", "✗ Fail")
    visitor.sees("stateless under winner")
    assert visitor.query("run") == [runs[1].name]
    assert len(visitor.browser.window_handles) == 1


def test_a_trend_that_is_chosen_in_the_table_is_in_the_address_and_drawn(visitor: Visitor) -> None:
    visitor.open("/")
    visitor.sees("Scenarios and policies")
    visitor.click(".surgeline td.fail a", "trend")
    visitor.sees("✗ Fail: stateless under winner, newest run")
    assert (visitor.query("policy"), visitor.query("scenario")) == (["stateless"], ["winner"])
    visitor.draws("Calls failed, run by run", "ratio(error) < 1%")


def test_a_row_opens_the_comparison_of_all_its_seeds(visitor: Visitor, runs: list[Path]) -> None:
    visitor.open("/")
    visitor.click(".surgeline th a", "compare the policies")
    visitor.sees("Measurements and differences")
    assert sorted(visitor.query("runs")) == sorted(run.name for run in runs)


def test_a_decision_is_taken_along_as_markdown(visitor: Visitor, runs: list[Path], tmp_path: Path) -> None:
    visitor.keeps_downloads_in(tmp_path)
    visitor.open(_compare(runs))
    visitor.click("button", "Decision (Markdown)")
    taken = tmp_path / "decision.md"
    visitor.until(taken.exists)
    assert "**Ship careful: the only policy that meets the SLO" in taken.read_text(encoding="utf-8")
