"""The pages of one run and its calls in a real browser: phases, seconds chosen by dragging, the crosshair, rollouts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from dashboard.data.run_frames import run_frames
from dashboard.data.run_window import ShownWindow
from harness.lab.run import run_plan
from harness.model.call_query import CallFilter, CallQuery
from harness.record.call_store import CallStore
from harness.record.reader import Record, open_run
from mock_upstream.profile import TimelineFault
from tests.e2e.browser import PLOTS, Shoot, Visitor, served
from tests.e2e.live import retrying_plan
from tests.unit.dashboard import made_runs
from tests.unit.harness.recorded_rollouts import corrupt, recorded, recorded_shadow, worse

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
LINES = """
    return [...(root?.querySelectorAll('.over .line') ?? [])].map(e => e.getBoundingClientRect().left);
"""
MARKS = ".st-key-time-charts svg.marks g.mark-rect.role-mark"
PRESSED = "return root?.querySelector('.strip [aria-pressed=true]')?.className ?? '';"
LABEL = "return root?.querySelector('.over span')?.textContent ?? '';"
LATE = {"at_s": 2, "for_s": 1, "fault": {"kind": "latency", "add_s": 0.15}}
SHORT = ("scenario.arrivals.0.duration_s=5", "scenario.slo.warmup_s=0")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 30 s with a slow dependency from 10 s to 18 s."""
    return made_runs.complete(tmp_path_factory.mktemp("run") / "runs", made_runs.TEXTBOOK)


@pytest.fixture(scope="module")
def record(run: Path) -> Record:
    """A run of five seconds, one of which had a fault."""
    plan = retrying_plan(*SHORT, faults=(TimelineFault.model_validate(LATE),))
    return run_plan(plan, run.parent)


@pytest.fixture(scope="module")
def visitor(tab: Chrome, run: Path) -> Iterator[Visitor]:
    """A browser in front of a dashboard over that run."""
    with served(run.parent) as address:
        yield Visitor(tab, address)


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


def test_from_a_run_to_the_waterfall_of_its_slowest_call(
    visitor: Visitor, record: Record, shoot: Shoot
) -> None:
    slowest = CallStore(record.folder).page(CallQuery(CallFilter(fault="latency"))).rows[0]
    visitor.open(f"/run?run={record.run.id}")
    visitor.click("a", "Hit by latency")
    visitor.sees("Filter: hit by latency.")
    visitor.settle()
    visitor.tick(0)
    visitor.sees(f"Call {slowest.key}")
    visitor.draws("hit by latency")
    visitor.sees("By the upstream's ledger it was hit by latency")
    assert visitor.query("call") == [slowest.key]
    assert not visitor.overflows()
    shoot("calls-1280-light")
    visitor.browser.refresh()
    visitor.draws("hit by latency")
    visitor.browser.back()
    visitor.until(lambda: f"Call {slowest.key}" not in visitor.text())
    visitor.sees("Filter: hit by latency.")


def test_a_filter_survives_a_reload_and_the_back_button(visitor: Visitor, record: Record) -> None:
    visitor.open(f"/calls?run={record.run.id}&attempts=1")
    visitor.sees("Filter: at least 1 attempt.")
    visitor.chooses("input[aria-label*='Order']", "earliest first")
    visitor.sees("earliest first.")
    assert visitor.query("order") == ["earliest"]
    visitor.browser.refresh()
    visitor.sees("earliest first.")
    visitor.sees("Filter: at least 1 attempt.")
    visitor.browser.back()
    visitor.sees("slowest first.")
    assert visitor.query("order") == []
    visitor.sees("Filter: at least 1 attempt.")


def test_a_rollout_shows_its_decision_its_cost_and_how_it_came_to_it(
    visitor: Visitor, run: Path, shoot: Shoot
) -> None:
    rolled_back = recorded(run.parent, worse)
    visitor.open(f"/run?run={rolled_back.name}")
    visitor.sees("✗ Fail — textbook was rolled back after")
    visitor.sees("The canary spoilt")
    visitor.sees("Share of the calls that the new policy gets")
    visitor.sees("Evidence for each decision, as a ratio of what it needs")
    visitor.sees("Plan short: 25% for at most 60.0 s")
    visitor.settle()
    shoot("run-rollout")


def test_a_shadow_shows_its_decision_and_what_differed(visitor: Visitor, run: Path, shoot: Shoot) -> None:
    shadowed = recorded_shadow(run.parent, corrupt)
    visitor.open(f"/run?run={shadowed.name}")
    visitor.sees("✗ Fail — The responses of textbook are shown to differ from those of careful after")
    visitor.sees("Evidence on the responses, as a ratio of what is needed")
    visitor.sees("Share of repetitions that differed, in five seconds")
    visitor.sees("body.total")
    visitor.settle()
    shoot("run-shadow")
