"""The dashboard in a real browser: what somebody sees who opens it. Screenshots go to SURGELINE_SCREENSHOTS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from harness.record.tags import tags
from tests.e2e.browser import Shoot, Visitor, served
from tests.unit.dashboard import made_runs

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
THREE = ("stateless", "textbook", "careful")
LOOKS = [
    pytest.param(1280, False, id="1280-light"),
    pytest.param(1920, True, id="1920-dark", marks=pytest.mark.acceptance),
]
"""One look in every test run; the other in `make acceptance`."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs in every state."""
    return made_runs.everything(tmp_path_factory.mktemp("e2e") / "runs")


@pytest.fixture(scope="module")
def visitor(tab: Chrome, runs: dict[str, Path]) -> Iterator[Visitor]:
    """A browser in front of a dashboard over those runs."""
    with served(runs["careful"].parent) as address:
        yield Visitor(tab, address)


def _compare(runs: dict[str, Path]) -> str:
    return "/compare?" + "&".join(f"runs={runs[name].name}" for name in THREE)


def test_two_runs_that_are_ticked_are_compared(visitor: Visitor, runs: dict[str, Path], shoot: Shoot) -> None:
    visitor.open("/runs")
    visitor.sees("5 runs in ")
    shoot("runs-1280-light")
    for name in ("textbook", "stateless"):
        visitor.click(f".work-list li[data-run='{runs[name].name}'] input")
    visitor.sees("2 runs selected")
    visitor.click("[data-testid=stPageLink-NavLink]", "Compare")
    visitor.sees("Differences from")
    visitor.sees("no difference shown")
    assert visitor.query("runs") == [runs[name].name for name in ("textbook", "stateless")]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_run_is_told_from_verdict_to_command(
    visitor: Visitor, runs: dict[str, Path], shoot: Shoot, width: int, dark: bool
) -> None:
    visitor.look(width, dark=dark)
    visitor.open(f"/run?run={runs['textbook'].name}")
    visitor.sees("✗ Fail — 1 of 4 thresholds broken: p99(latency) < 250ms")
    visitor.sees("All 20 slots were in use")
    visitor.sees("surgeline run dependency-slowdown --policy textbook")
    visitor.draws("slowdown × 2.4", "p99(latency) < 250ms", "thread wait", "pool_maxsize 20", "503")
    shoot(f"run-{width}-{'dark' if dark else 'light'}")
    assert not visitor.overflows()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_policies_are_compared_in_plain_words(
    visitor: Visitor, runs: dict[str, Path], shoot: Shoot, width: int, dark: bool
) -> None:
    visitor.look(width, dark=dark)
    visitor.open(_compare(runs))
    visitor.sees("no difference shown")
    visitor.sees("Where the policies differ")
    visitor.draws("p99.9", "stateless", "careful")
    shoot(f"compare-{width}-{'dark' if dark else 'light'}")
    assert not visitor.overflows()


@pytest.mark.acceptance
def test_a_comparison_is_taken_along_as_a_picture(
    visitor: Visitor, runs: dict[str, Path], tmp_path: Path
) -> None:
    visitor.keeps_downloads_in(tmp_path)
    visitor.open(_compare(runs))
    visitor.sees("Differences from")
    visitor.click("button", "Picture (PNG)")
    picture = tmp_path / "comparison.png"
    visitor.until(picture.exists)
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.acceptance
def test_a_tag_given_on_a_page_is_a_filter_in_an_address(visitor: Visitor, runs: dict[str, Path]) -> None:
    visitor.open(f"/run?run={runs['careful'].name}")
    visitor.chooses("[data-testid=stMultiSelect] input", "nightly")
    visitor.until(lambda: tags(runs["careful"]) == ("nightly",))
    visitor.open("/runs?tag=nightly")
    visitor.sees("1 of 5 runs")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("killed", "Interrupted"),
        pytest.param("broken", "is not valid JSON", marks=pytest.mark.acceptance),
        pytest.param("newer", "pip install --upgrade surgeline", marks=pytest.mark.acceptance),
        pytest.param("missing", "no run matches", marks=pytest.mark.acceptance),
    ],
)
def test_a_run_that_is_not_whole_has_a_page_that_helps(
    visitor: Visitor, runs: dict[str, Path], shoot: Shoot, name: str, says: str
) -> None:
    visitor.open(f"/run?run={runs[name].name if name in runs else '../../etc/passwd'}")
    visitor.sees(says)
    shoot(f"run-{name}")


def test_a_live_run_moves_without_flicker_and_ends_in_a_verdict(
    visitor: Visitor, runs: dict[str, Path], shoot: Shoot
) -> None:
    of = made_runs.scenario("steady", duration_s=9.0)
    run = made_runs.underway(runs["careful"].parent, made_runs.CAREFUL, of, datetime.now(UTC))
    with made_runs.Driver(run) as driver:
        driver.go_to(4)
        visitor.open(f"/run?run={run.folder.name}", settled=False)
        visitor.sees("● Live")
        visitor.draws("offered", "waiting for the upstream")
        visitor.mark("[data-testid=stVegaLiteChart] svg.marks")
        before = visitor.number_before("calls have ended")
        driver.go_to(7)
        visitor.until(lambda: visitor.number_before("calls have ended") > before)
        shoot("run-live")
        kept, marked = visitor.still_marked()
    assert kept >= marked - 1
    run.finish()
    visitor.sees("■ Complete")


def test_a_lever_pulled_on_the_page_is_acknowledged_and_drawn(
    visitor: Visitor, runs: dict[str, Path], shoot: Shoot
) -> None:
    of = made_runs.scenario("rehearsal", duration_s=9.0)
    run = made_runs.underway(runs["careful"].parent, made_runs.CAREFUL, of, datetime.now(UTC))
    with made_runs.Driver(run) as driver:
        driver.go_to(4)
        visitor.open(f"/run?run={run.folder.name}", settled=False)
        visitor.sees("● Live")
        visitor.click("summary", "Levers of this live run")
        visitor.click(".st-key-lever-throttle-apply button")
        visitor.click(".st-key-lever-throttle-apply-yes button")
        visitor.sees("acknowledged by 1 of 1 processes.")
        visitor.sees("Levers in this run")
        visitor.draws("throttle rate_per_s=")
        shoot("run-lever")
    run.finish()


@pytest.mark.parametrize(
    ("width", "dark"),
    [
        pytest.param(390, True, id="phone-dark"),
        pytest.param(1280, False, id="1280-light", marks=pytest.mark.acceptance),
    ],
)
def test_home_says_how_each_policy_stands(visitor: Visitor, shoot: Shoot, width: int, dark: bool) -> None:
    visitor.look(width, dark=dark)
    visitor.open("/")
    visitor.sees("Regressions")
    visitor.sees("compare the policies")
    shoot(f"home-{width}-{'dark' if dark else 'light'}")
    assert not visitor.overflows()


@pytest.mark.acceptance
def test_a_run_fits_a_phone(visitor: Visitor, runs: dict[str, Path], shoot: Shoot) -> None:
    visitor.look(390, height=844)
    visitor.open(f"/run?run={runs['textbook'].name}")
    visitor.sees("1 of 4 thresholds broken")
    visitor.draws("slowdown × 2.4")
    shoot("run-390-light")
    assert not visitor.overflows()


def test_from_an_empty_folder_to_a_run_that_is_watched_until_its_verdict(
    visitor: Visitor, tmp_path: Path, shoot: Shoot
) -> None:
    with served(tmp_path / "runs") as address:
        newcomer = Visitor(visitor.browser, address)
        newcomer.open("/")
        newcomer.sees("surgeline compare dependency-slowdown")
        shoot("empty")
        newcomer.look(1280)
        newcomer.open("/new_run?scenario=baseline&policy=careful")
        newcomer.fill("textarea", "scenario.arrivals.0.duration_s=3\nscenario.slo.warmup_s=1")
        newcomer.sees("--set scenario.arrivals.0.duration_s=3")
        newcomer.settle()
        shoot("new-run-1280-light")
        before = len(newcomer.browser.execute_script("return Array(history.length)"))
        newcomer.click("button", "Start")
        newcomer.until(lambda: newcomer.query("run") != [])
        newcomer.sees("careful under baseline")
        newcomer.sees("■ Complete")
        newcomer.sees("Latency p99")
        assert len(newcomer.browser.execute_script("return Array(history.length)")) == before + 1
