"""The page Learn in a real browser: a chosen file, its estimates with what cannot be known, and a second source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.e2e.browser import Shoot, Visitor, served
from tests.unit.harness.analyse.learning.queues import Served
from tests.unit.harness.learn.logs import NGINX, journal_lines, requests, text_lines, write

FILE, BESIDE = "input[aria-label$='File']", "input[aria-label*='Second source']"
CHART = "svg.marks path"

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs folder with a server's log, and a journal that has two thirds of its requests."""
    folder = tmp_path_factory.mktemp("learn") / "runs"
    folder.mkdir()
    every = requests(3000)
    write(folder / "access.log", text_lines(NGINX, every))
    write(folder / "orders.jsonl", journal_lines(Served(*(each[: 3 * 1000 : 3] for each in every))))
    return folder


@pytest.fixture(scope="module")
def visitor(tab: Chrome, runs: Path) -> Iterator[Visitor]:
    """A browser in front of a dashboard over this folder."""
    with served(runs) as address:
        yield Visitor(tab, address)


def test_a_chosen_file_is_estimated_and_stays_in_the_address(visitor: Visitor, runs: Path) -> None:
    visitor.open("/learn")
    visitor.sees("Choose a service's journal, an access log")
    visitor.chooses(FILE, "access.log")
    visitor.sees("Cannot be known from this")
    visitor.sees("order of the queue")
    assert visitor.query("file") == [str(runs / "access.log")]
    visitor.draws("Calls per second", "service p50", "response p99")
    assert f"surgeline learn {runs / 'access.log'} --out learned" in visitor.text()


def test_a_second_source_shows_the_traffic_that_the_first_one_lacks(visitor: Visitor, runs: Path) -> None:
    visitor.open(f"/learn?file={runs / 'orders.jsonl'}")
    visitor.sees("traffic of other clients")
    visitor.chooses(BESIDE, "access.log")
    visitor.sees("hidden traffic")
    visitor.until(lambda: visitor.query("beside") == [str(runs / "access.log")])
    visitor.sees(f"--beside {runs / 'access.log'}")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_page_fits_its_window(
    visitor: Visitor, runs: Path, shoot: Shoot, width: int, *, dark: bool
) -> None:
    visitor.look(width, dark=dark)
    visitor.open(f"/learn?file={runs / 'access.log'}")
    visitor.sees("Routes")
    visitor.until(lambda: visitor.count(CHART) > 0)
    shoot(f"learn-{width}-{'dark' if dark else 'light'}")
    assert not visitor.overflows()


def test_a_file_of_which_nothing_can_be_learned_says_why(visitor: Visitor, runs: Path) -> None:
    write(runs / "short.jsonl", journal_lines(requests(100)))
    visitor.open(f"/learn?file={runs / 'short.jsonl'}")
    visitor.sees("holds 100 requests")
    assert visitor.count(CHART) == 0
