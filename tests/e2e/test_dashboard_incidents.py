"""Ranges and rehearsals in a real browser. Screenshots go to SURGELINE_SCREENSHOTS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import psutil
import pytest
from selenium.webdriver import Chrome

from dashboard.data import background_jobs
from harness.record.reader import Record, list_runs
from harness.record.result_store import RANGES
from tests.e2e.browser import Shoot, Visitor, served
from tests.unit.dashboard import made_ranges, made_runs

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
LOOKS = [
    pytest.param(1280, False, id="1280-light"),
    pytest.param(1920, True, id="1920-dark", marks=pytest.mark.acceptance),
]
"""One look in every test run; the other in `make acceptance`."""
SHORT = """
name = "short-incident"
upstream = "orders.toml"
journey = "scenarios.journeys.orders:get_order"
[service]
threads = 16
[[arrivals]]
rate_per_s = 20
duration_s = 8
[[timeline]]
at_s = 2
for_s = 1
fault = { kind = "pause" }
[slo]
warmup_s = 1
thresholds = ["recovery < 5s"]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ranges in every state."""
    folder = tmp_path_factory.mktemp("incidents") / "runs"
    made_ranges.everything(folder)
    return folder


@pytest.fixture(scope="module")
def visitor(tab: Chrome, root: Path) -> Iterator[Visitor]:
    """A browser in front of a dashboard over them."""
    with served(root) as address:
        yield Visitor(tab, address)


def _named(root: Path, policy: str) -> str:
    return next(path.name for path in root.iterdir() if f"-range-capacity-{policy}-" in path.name)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_range_is_read_from_its_answer_to_its_trials(
    visitor: Visitor, root: Path, shoot: Shoot, width: int, dark: bool
) -> None:
    visitor.look(width, dark=dark)
    names = [_named(root, policy) for policy in ("textbook", "careful")]
    visitor.open("/range?" + "&".join(f"ranges={name}" for name in names))
    visitor.sees("is vulnerable above")
    visitor.sees("times the expected peak of 200/s")
    visitor.sees("+ retry.budget")
    visitor.draws("stable ", "vulnerable", "overloaded from", "expected peak 200/s", "the SLO's limit")
    shoot(f"range-{width}-{'dark' if dark else 'light'}")
    assert visitor.query("ranges") == names
    assert not visitor.overflows()


@pytest.mark.acceptance
def test_a_search_is_watched_until_its_answer(visitor: Visitor, root: Path, shoot: Shoot) -> None:
    folder = made_ranges.searching(root, made_runs.STATELESS, started=30)
    visitor.open(f"/range?ranges={folder.name}", settled=False)
    visitor.sees("● Searching stateless — Trial 7")
    visitor.draws("Estimated boundary after each trial")
    shoot("range-searching")
    made_ranges.go_on(folder, trials=2)
    visitor.sees("● Searching stateless — Trial 9")
    made_ranges.finish(folder)
    visitor.sees("■ Complete")
    visitor.sees("First breach")


@pytest.mark.acceptance
def test_a_search_started_here_is_watched_from_its_first_trial(visitor: Visitor, tmp_path: Path) -> None:
    with served(tmp_path / "runs") as address:
        newcomer = Visitor(visitor.browser, address)
        newcomer.open("/range")
        newcomer.sees("No range has been searched here yet")
        newcomer.click("button", "Search")
        newcomer.sees("● Running")
        newcomer.until(lambda: len(RANGES.listed(tmp_path / "runs")) == 1)
        newcomer.open("/range", settled=False)
        newcomer.sees("● Searching careful — Trial 1: calibrate")
        newcomer.click("summary", "Search a range")
        newcomer.click("button", "Stop")
        newcomer.sees("the search stopped")
    visitor.open("/")


def test_a_killed_search_shows_the_command_that_continues_it(
    visitor: Visitor, root: Path, shoot: Shoot
) -> None:
    name = _named(root, "cramped")
    visitor.open(f"/range?ranges={name}")
    visitor.sees("the search stopped")
    visitor.sees(f"surgeline range --resume {name}")
    shoot("range-killed")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("20260301-080000-range-capacity-damaged-ffffff", "damaged"),
        pytest.param(
            "20260301-070000-range-capacity-tomorrow-eeeeee",
            "pip install --upgrade surgeline",
            marks=pytest.mark.acceptance,
        ),
        pytest.param("../../etc", "no range is called", marks=pytest.mark.acceptance),
    ],
)
def test_a_range_that_is_not_whole_has_a_page_that_helps(visitor: Visitor, name: str, says: str) -> None:
    visitor.open(f"/range?ranges={quote(name, safe='')}")
    visitor.sees("This range can't be shown")
    visitor.sees(says)


@pytest.mark.acceptance
def test_a_suggestion_is_checked_by_runs_that_it_starts(visitor: Visitor, root: Path, shoot: Shoot) -> None:
    visitor.open(f"/range?ranges={_named(root, 'textbook')}")
    visitor.click("button", "Check it")
    visitor.sees("--verify --key retry.budget")
    visitor.sees("textbook, live")
    shoot("range-checking")
    visitor.click("button", "Stop")
    visitor.sees("■ Ended")


def test_an_incident_is_rehearsed_with_two_levers_until_its_score(
    visitor: Visitor, root: Path, shoot: Shoot
) -> None:
    of = made_runs.scenario("incident", duration_s=34.0)
    run = made_runs.underway(root, made_runs.TEXTBOOK, of, datetime.now(UTC))
    with made_runs.Driver(run) as driver:
        driver.go_to(20)
        visitor.open(f"/rehearse?run={run.folder.name}", settled=False)
        visitor.sees("Since the trigger ended")
        visitor.until(lambda: _state(visitor) in {"OUTAGE", "RECOVERING"})
        _apply(visitor, "retries")
        visitor.sees("Applied Retries: 0 at 20.0 s of the run, acknowledged by 1 of 1 processes.")
        driver.go_to(22)
        _apply(visitor, "throttle")
        visitor.sees("Applied Throttle: 65/s at 22.0 s of the run")
        visitor.draws("retries total=0", "throttle rate_per_s=65")
        visitor.sees("Levers in this run")
        shoot("rehearse-live-light")
        visitor.look(1280, dark=True)
        shoot("rehearse-live-dark")
        visitor.look(1280)
        driver.go_to(34)
    run.finish()
    visitor.sees("Attempts at this incident")
    visitor.sees("With retries total=0, then throttle rate_per_s=65")
    assert _state(visitor) in {"RECOVERED", "NOT RECOVERED"}
    visitor.draws("retries total=0, then throttle rate_per_s=65")
    visitor.sees("# Runbook: incident, policy textbook")
    visitor.settle()
    assert visitor.query("run") == [run.folder.name]
    assert not visitor.overflows()
    shoot("rehearse-over-light")


def test_a_levers_confirmation_opens_at_once_while_the_server_does_nothing(
    visitor: Visitor, root: Path
) -> None:
    run = made_runs.underway(root, made_runs.TEXTBOOK, made_runs.scenario("incident"), datetime.now(UTC))
    servers = [p for p in psutil.Process().children() if "streamlit" in p.cmdline()]
    with made_runs.Driver(run) as driver:
        driver.go_to(20)
        visitor.open(f"/rehearse?run={run.folder.name}", settled=False)
        visitor.until(lambda: visitor.count(".st-key-lever-retries-apply button") > 0)
        try:
            for server in servers:
                server.suspend()
            visitor.click(".st-key-lever-retries-apply button")
            visitor.sees("to the live run?")
        finally:
            for server in servers:
                server.resume()
    run.finish()


def _state(visitor: Visitor) -> str:
    """The state of the incident, in its large letters."""
    return str(visitor.browser.execute_script("return document.querySelector('.state b')?.innerText ?? ''"))


def _apply(visitor: Visitor, lever: str) -> None:
    """Applies a lever. Its one confirmation opens without the server."""
    visitor.click(f".st-key-lever-{lever}-apply button")
    asked_s = monotonic()
    visitor.sees("to the live run?")
    assert monotonic() - asked_s < 1.5
    visitor.click(f".st-key-lever-{lever}-apply-yes button")


@pytest.mark.acceptance
def test_a_rehearsal_started_here_is_found_by_its_page(visitor: Visitor, root: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.toml").write_text('name = "orders"\n[capacity]\nworkers = 4\n')
    incident = tmp_path / "short.toml"
    incident.write_text(SHORT)
    visitor.open(f"/rehearse?policy=careful&scenario={quote(str(incident), safe='')}")
    visitor.sees("pause at 2 s for 1 s; then 5 s to recover")
    visitor.click("button", "Start")
    visitor.sees("careful under short-incident")
    visitor.sees("Attempts at this incident")
    assert visitor.query("run") != []


@pytest.mark.acceptance
def test_what_was_started_goes_on_when_browser_and_server_are_closed(
    visitor: Visitor, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    with served(runs) as address:
        newcomer = Visitor(visitor.browser, address)
        newcomer.open("/new_run?scenario=baseline&policy=careful&set=scenario.arrivals.0.duration_s%3D9")
        newcomer.sees("--set scenario.arrivals.0.duration_s=9")
        newcomer.click("button", "Start")
        newcomer.sees("careful under baseline")
        visitor.browser.get("about:blank")
    (one,) = background_jobs.background_jobs(runs)
    assert one.running
    newcomer.until(lambda: not one.running)
    (record,) = list_runs(runs)
    assert isinstance(record, Record)
    assert record.state == "complete"
    visitor.open("/")


def test_a_read_only_dashboard_offers_nothing_that_changes_anything(
    visitor: Visitor, root: Path, tmp_path: Path
) -> None:
    with served(root, read_only=True) as address:
        guest = Visitor(visitor.browser, address)
        for page in ("/", f"/range?ranges={_named(root, 'textbook')}", "/rehearse", "/new_run", "/runs"):
            guest.open(page)
            for word in ("Run the demo", "Search", "Check it", "Continue", "Start", "Apply", "Tag"):
                script = "return [...document.querySelectorAll('button')].map(e => e.innerText.trim())"
                assert word not in guest.browser.execute_script(script)
    visitor.open("/")
