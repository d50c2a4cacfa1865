"""The page Tune in a real browser: a front whose points lead to their policies, and the runs behind them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from harness.inputs.policies import read_policy
from harness.record.result_store import TUNINGS
from tests.conftest import needs
from tests.e2e.browser import Visitor, chromium, served
from tests.unit.dashboard import made_runs
from tests.unit.harness.tuning.made_tunings import made_tuning

OWN = "svg.marks path[aria-label*='the policy you have']"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, and a search that names them as its confirmation."""
    root = tmp_path_factory.mktemp("tune") / "runs"
    made = [made_runs.complete(root, policy).name for policy in made_runs.POLICIES]
    TUNINGS.claim(root, made_tuning(runs=tuple(made[:3])))
    return root


@pytest.fixture(scope="module")
def visitor(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard over this search."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    with chromium(tmp_path_factory.mktemp("profile")) as browser, served(runs) as address:
        yield Visitor(browser, address)


def test_a_point_of_the_front_leads_to_its_policy(visitor: Visitor) -> None:
    visitor.look()
    visitor.open("/tune")
    visitor.sees("is confirmed: run")
    visitor.until(lambda: visitor.count(OWN) > 0)
    mark = visitor.browser.find_element(By.CSS_SELECTOR, OWN)
    visitor.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", mark)
    ActionChains(visitor.browser).move_to_element(mark).click().perform()
    visitor.sees("Changes: none")
    visitor.until(lambda: visitor.query("policy") == ["0"])


def test_a_policy_leads_to_its_run_and_to_the_comparison(visitor: Visitor) -> None:
    visitor.open("/tune")
    visitor.click("[data-testid=stPageLink] a", "Its run")
    visitor.until(lambda: "/run" in visitor.browser.current_url)
    visitor.browser.back()
    visitor.sees("Compare all runs")
    visitor.click("[data-testid=stPageLink] a", "Compare all runs")
    visitor.until(lambda: len(visitor.query("runs")) == 3)


def test_a_policy_is_taken_along_as_a_file_that_a_run_takes(visitor: Visitor, tmp_path: Path) -> None:
    visitor.keeps_downloads_in(tmp_path)
    visitor.open("/tune")
    visitor.click("button", "Policy file (TOML)")
    visitor.until(lambda: len(list(tmp_path.glob("textbook-tuned-*.toml"))) == 1)
    (file,) = tmp_path.glob("textbook-tuned-*.toml")
    assert read_policy(str(file)).name == file.stem
    assert "# It was confirmed by run" in file.read_text()


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_page_fits_its_window(visitor: Visitor, width: int) -> None:
    visitor.look(width)
    visitor.open("/tune")
    visitor.sees("Changes:")
    assert not visitor.overflows()
    visitor.look()
