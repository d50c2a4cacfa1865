"""The page Advise in a real browser: a form, an advice with reasons and sources, and the run that confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.browser import Shoot, Visitor, served

RUN_S, PREDICT_S = 100.0, 240.0
MAKE = "[data-testid=stBaseButton-primary]"


@pytest.fixture(scope="module")
def visitor(tab: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard without runs."""
    runs = tmp_path_factory.mktemp("advise") / "runs"
    runs.mkdir()
    with served(runs) as address:
        yield Visitor(tab, address)


def test_a_changed_answer_changes_the_advice_and_stays_in_the_address(visitor: Visitor) -> None:
    visitor.open("/advise?sheet=read-mostly-page")
    visitor.sees("hedge.max_attempts = 2")
    visitor.sees("Advised, unproven")
    visitor.fill("input[aria-label='p99 of service times (s)']", f"{Keys.CONTROL}a{Keys.NULL}0.06")
    visitor.sees("retry.total = 1")
    visitor.until(lambda: "upstream.p99_s=0.06" in visitor.query("set"))


def test_the_page_fits_a_phone(visitor: Visitor) -> None:
    visitor.look(390)
    visitor.open("/advise?sheet=payment-post")
    visitor.sees("In the service's code")
    assert not visitor.overflows()
    visitor.look()


def _waits_for(visitor: Visitor, text: str) -> None:
    """The first prediction compiles the simulation."""
    WebDriverWait(visitor.browser, PREDICT_S).until(lambda _: text in visitor.text(), visitor.text())


@pytest.mark.timeout(600)
def test_the_twin_shows_whether_the_advice_keeps_its_slo_at_other_rates(
    visitor: Visitor, shoot: Shoot
) -> None:
    visitor.open("/advise?sheet=login-token")
    _waits_for(visitor, "Predicted, not measured: the twin has played the advised policy")
    visitor.sees("35.0/s (1 ×)")
    visitor.sees("✗ breaks (0 of 5)")
    assert visitor.count("[data-testid=stTable] td") > 0
    visitor.sees("Predicted over the rate and timeout.read_s")
    visitor.draws("rate of arrivals", "timeout.read_s", "advised", "keeps", "breaks")
    for width in (390, 1280, 1920):
        for dark in (False, True):
            visitor.look(width, dark=dark)
            visitor.settle()
            shoot(f"advise-rates-{width}-{'dark' if dark else 'light'}")
            assert not visitor.overflows()
    visitor.look()


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_where_no_policy_would_do_a_search_in_the_twin_agrees(visitor: Visitor, shoot: Shoot) -> None:
    visitor.open("/advise?sheet=payment-without-key")
    visitor.sees("No policy would do.")
    _waits_for(visitor, "A search agrees that no policy would do: of 4 policies in the twin")
    shoot("advise-search-1280-light")


@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_the_button_makes_the_run_whose_verdict_takes_the_place_of_unproven(
    visitor: Visitor, tmp_path: Path
) -> None:
    visitor.open("/advise?sheet=product-search")
    visitor.sees("Advised, unproven")
    visitor.click(MAKE, "Make the run")
    begun_s = monotonic()
    try:
        WebDriverWait(visitor.browser, RUN_S).until(lambda _: " confirmed it." in visitor.text())
    except TimeoutException:
        pytest.fail(f"no run has confirmed the advice; the page reads:\n{visitor.text()}")
    assert monotonic() - begun_s > 30.0
    assert "unproven" not in visitor.text()
