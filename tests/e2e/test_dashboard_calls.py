"""The calls of a real run in a real browser. Screenshots go to SURGELINE_SCREENSHOTS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.lab.run import run_plan
from harness.model.call_query import CallFilter, CallQuery
from harness.record.call_store import CallStore
from harness.record.reader import Record
from mock_upstream.profile import TimelineFault
from tests.conftest import needs
from tests.e2e.browser import Shoot, Visitor, chromium, served
from tests.e2e.live import retrying_plan

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
LATE = {"at_s": 2, "for_s": 1, "fault": {"kind": "latency", "add_s": 0.15}}
SHORT = ("scenario.arrivals.0.duration_s=5", "scenario.slo.warmup_s=0")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A run of five seconds, one of which had a fault, if there is a browser to look at it."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    plan = retrying_plan(*SHORT, faults=(TimelineFault.model_validate(LATE),))
    return run_plan(plan, tmp_path_factory.mktemp("calls") / "runs")


@pytest.fixture(scope="module")
def visitor(record: Record, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard over that run."""
    with (
        chromium(tmp_path_factory.mktemp("profile")) as browser,
        served(record.folder.parent) as address,
    ):
        yield Visitor(browser, address)


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
