"""The page Advise in a real browser: a form, an advice with reasons and sources, and the run that confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.conftest import needs
from tests.e2e.browser import Visitor, chromium, served

RUN_S = 100.0
MAKE = "[data-testid=stBaseButton-primary]"


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard without runs."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    runs = tmp_path_factory.mktemp("advise") / "runs"
    runs.mkdir()
    with chromium(tmp_path_factory.mktemp("profile")) as browser, served(runs) as address:
        yield Visitor(browser, address)


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
