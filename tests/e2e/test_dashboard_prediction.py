"""The prediction on the page New run in a real browser: it never holds the page up, and is marked as predicted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from tests.conftest import needs
from tests.e2e.browser import Shoot, Visitor, chromium, served

PREDICT_S = 240.0
"""The first prediction compiles the simulation."""
MARKED = "Predicted, not measured"


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard without runs."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    runs = tmp_path_factory.mktemp("prediction") / "runs"
    runs.mkdir()
    with chromium(tmp_path_factory.mktemp("profile")) as browser, served(runs) as address:
        yield Visitor(browser, address)


def _waits_for(visitor: Visitor, text: str) -> None:
    WebDriverWait(visitor.browser, PREDICT_S).until(lambda _: text in visitor.text(), visitor.text())


@pytest.mark.timeout(600)
def test_a_plan_can_be_changed_while_it_is_predicted_and_the_last_one_is_shown(
    visitor: Visitor, shoot: Shoot
) -> None:
    visitor.open("/new_run?scenario=retry-storm&policy=storm-three-retries&policy=storm-budget")
    visitor.sees("Predicting")
    visitor.fill("textarea", "scenario.arrivals=[{rate_per_s=120, duration_s=40}]")
    visitor.sees("--set")
    assert MARKED not in visitor.text()
    _waits_for(visitor, MARKED)
    visitor.sees("storm-budget, with the 95% band")
    visitor.sees("not reached")
    assert "> not reached" not in visitor.text()
    visitor.sees("A call takes 2.00 ms beyond its service time, which is assumed")
    for width in (390, 1280, 1920):
        for dark in (False, True):
            visitor.look(width, dark=dark)
            visitor.settle()
            shoot(f"predicted-{width}-{'dark' if dark else 'light'}")
            assert not visitor.overflows()
    visitor.look()


@pytest.mark.usefixtures("without_numba_in_children")
def test_without_numba_one_line_names_the_extra(visitor: Visitor, tmp_path: Path, shoot: Shoot) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    with served(runs) as address:
        newcomer = Visitor(visitor.browser, address)
        newcomer.open("/new_run?scenario=baseline&policy=careful")
        _waits_for(newcomer, 'pip install "surgeline[twin]"')
        shoot("predicted-without-numba")
        visitor.browser.get("about:blank")
