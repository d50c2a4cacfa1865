"""The page of one run in a real browser: phases, seconds chosen by dragging, the crosshair, and where marks lead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.data.run_frames import run_frames
from dashboard.data.run_window import ShownWindow
from harness.record.reader import open_run
from tests.conftest import needs
from tests.e2e.browser import PLOTS, Shoot, Visitor, chromium, served
from tests.unit.dashboard import made_runs

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
LINES = """
    return [...(root?.querySelectorAll('.over .line') ?? [])].map(e => e.getBoundingClientRect().left);
"""
MARKS = ".st-key-time-charts svg.marks g.mark-rect.role-mark"
PRESSED = "return root?.querySelector('.strip [aria-pressed=true]')?.className ?? '';"
LABEL = "return root?.querySelector('.over span')?.textContent ?? '';"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 30 s with a slow dependency from 10 s to 18 s, if there is a browser to look at it."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    return made_runs.complete(tmp_path_factory.mktemp("run") / "runs", made_runs.TEXTBOOK)


@pytest.fixture(scope="module")
def visitor(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard over that run."""
    with chromium(tmp_path_factory.mktemp("profile")) as browser, served(run.parent) as address:
        yield Visitor(browser, address)


def _scheduled(run: Path, from_s: float, until_s: float) -> str:
    at_s = open_run(run).calls()["scheduled_s"]
    return f"{((at_s >= from_s) & (at_s < until_s)).sum():,} calls scheduled in these seconds"


def test_a_phase_recomputes_the_page_and_is_kept_in_the_address(
    visitor: Visitor, run: Path, shoot: Shoot
) -> None:
    visitor.open(f"/run?run={run.name}")
    visitor.chooses_phase("fault")
    visitor.sees("From 10 s to 18 s")
    visitor.sees(_scheduled(run, 10, 18))
    visitor.settle()
    assert visitor.query("phase") == ["fault"]
    assert visitor.in_bar(PRESSED) == "fault"
    shoot("run-phase")
    visitor.browser.refresh()
    visitor.sees("From 10 s to 18 s")
    visitor.browser.back()
    visitor.until(lambda: "From 10 s" not in visitor.text())
    assert visitor.query("phase") == []


@pytest.mark.acceptance
def test_seconds_dragged_over_recompute_the_page_and_are_kept_in_the_address(
    visitor: Visitor, run: Path, shoot: Shoot
) -> None:
    visitor.open(f"/run?run={run.name}")
    visitor.drags_over(0, 12 / 31, 16 / 31)
    visitor.sees("From 12 s to 16 s")
    visitor.sees(_scheduled(run, 12, 16))
    assert (visitor.query("from"), visitor.query("to")) == (["12"], ["16"])
    visitor.settle()
    visitor.drags_over(2, 0.25, 0.5)
    visitor.sees("From 13 s to 14 s")
    visitor.browser.back()
    visitor.sees("From 12 s to 16 s")
    visitor.settle()
    shoot("run-brush")
    visitor.chooses_phase("recovery")
    visitor.sees("From 18 s to 30 s")
    assert visitor.query("from") == []


def test_one_crosshair_runs_over_all_time_charts_in_both_columns(
    visitor: Visitor, run: Path, shoot: Shoot
) -> None:
    visitor.look(1920, height=1400)
    visitor.open(f"/run?run={run.name}")
    visitor.points_at(0, 0.5)
    visitor.until(lambda: len(visitor.in_bar(LINES)) > 3)
    script = f"return [...document.querySelectorAll('{PLOTS}')].map(e => e.getBoundingClientRect().toJSON())"
    plots = visitor.browser.execute_script(script)
    middles = [plot["left"] + plot["width"] / 2 for plot in plots]
    assert max(middles) - min(middles) > 600
    drawn = visitor.in_bar(LINES)
    assert all(min(abs(x - middle) for middle in middles) < 2 for x in drawn)
    assert max(drawn) - min(drawn) > 600
    assert visitor.in_bar(LABEL) in {"15 s", "16 s"}
    shoot("run-1920-light")
    assert not visitor.overflows()


@pytest.mark.acceptance
def test_a_cell_of_the_heat_map_leads_to_its_calls(visitor: Visitor, run: Path) -> None:
    visitor.open(f"/run?run={run.name}&phase=fault")
    visitor.sees("From 10 s to 18 s")
    visitor.settle()
    cells = run_frames(open_run(run), ShownWindow(10.0, 18.0)).cells
    place, calls = int(cells["calls"].argmax()), int(cells["calls"].max())
    script = f"""
        const cells = [...document.querySelectorAll('{MARKS}')].map(e => e.querySelectorAll('path'));
        const cell = cells.find(e => e.length === arguments[0])?.[arguments[1]];
        cell?.dispatchEvent(new MouseEvent('click', {{bubbles: true}}));
        return cell !== undefined;
    """
    visitor.until(lambda: bool(visitor.browser.execute_script(script, len(cells), place)))
    visitor.sees(f"of {calls:,}, slowest first.")
    visitor.sees("latency at least")
    assert len(visitor.browser.window_handles) == 1


def test_a_kind_of_failure_leads_to_its_calls(visitor: Visitor, run: Path) -> None:
    visitor.open(f"/run?run={run.name}")
    visitor.click(".surgeline th a", "http_5xx")
    visitor.sees("Calls 1 to 2 of 2, slowest first. Filter: outcome http_5xx; status 503; route /orders")


@pytest.mark.acceptance
def test_the_bar_stays_in_view_and_fits_a_phone(visitor: Visitor, run: Path, shoot: Shoot) -> None:
    visitor.open(f"/run?run={run.name}")
    visitor.plot(8)
    top = "return root.querySelector('.bar').getBoundingClientRect().top"
    assert 0 <= visitor.in_bar(top) < 100
    visitor.look(390, height=844, dark=True)
    visitor.open(f"/run?run={run.name}&phase=fault")
    visitor.sees("From 10 s to 18 s")
    shoot("run-phase-390-dark")
    assert not visitor.overflows()
    fits = "return [...root.querySelectorAll('.strip button')].every(e => e.getBoundingClientRect().right <= 390)"
    assert visitor.in_bar(fits)


@pytest.mark.acceptance
def test_the_newest_run_leaves_no_entry_in_the_history(visitor: Visitor, run: Path) -> None:
    visitor.open("/runs")
    visitor.click("a[href$='/run']")
    visitor.until(lambda: visitor.query("run") == [run.name])
    visitor.settle()
    visitor.browser.back()
    visitor.until(lambda: "/runs" in visitor.browser.current_url)


@pytest.mark.parametrize(
    "page", ["new_run", *(pytest.param(page, marks=pytest.mark.acceptance) for page in ("calls", "rehearse"))]
)
def test_what_a_page_chooses_by_itself_leaves_no_entry_in_the_history(visitor: Visitor, page: str) -> None:
    visitor.open("/runs")
    visitor.click(f"a[href$='/{page}']")
    visitor.until(lambda: bool(visitor.query("run") or visitor.query("scenario")))
    visitor.settle()
    visitor.browser.back()
    visitor.until(lambda: visitor.browser.current_url.endswith("/runs"))
