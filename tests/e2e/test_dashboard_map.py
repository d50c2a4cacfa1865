"""Stability maps in a real browser. Screenshots go to SURGELINE_SCREENSHOTS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from harness.record.result_store import MAPS
from tests.conftest import needs
from tests.e2e.browser import Shoot, Visitor, chromium, served
from tests.unit.dashboard import made_maps

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
LOOKS = [
    pytest.param(1280, False, id="1280-light"),
    pytest.param(390, False, id="390-light", marks=pytest.mark.acceptance),
    pytest.param(390, True, id="390-dark", marks=pytest.mark.acceptance),
    pytest.param(1280, True, id="1280-dark", marks=pytest.mark.acceptance),
    pytest.param(1920, False, id="1920-light", marks=pytest.mark.acceptance),
    pytest.param(1920, True, id="1920-dark", marks=pytest.mark.acceptance),
]
"""One look in every test run; the others in `make acceptance`."""
CELLS, LINK = "svg.marks g.mark-rect.role-mark path", "[data-testid=stPageLink] a"
PREDICT_S = 240.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with three runs, if there is a browser to look at it."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    return made_maps.confirmed(tmp_path_factory.mktemp("maps") / "runs")


@pytest.fixture(scope="module")
def visitor(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard over it."""
    with chromium(tmp_path_factory.mktemp("profile")) as browser, served(folder.parent) as address:
        yield Visitor(browser, address)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_map_is_drawn_with_its_runs_on_top(
    visitor: Visitor, folder: Path, shoot: Shoot, width: int, dark: bool
) -> None:
    visitor.look(width, dark=dark)
    visitor.open(f"/map?map={folder.name}&x=5&y=1")
    visitor.sees("1 of 2 runs along the boundary confirm the map")
    visitor.draws("stable", "vulnerable", "overloaded", "μ/(1+R)", "run contradicts")
    visitor.sees("--set scenario.arrivals.0.rate_per_s=240 --set policy.retry.total=1")
    shoot(f"map-{width}-{'dark' if dark else 'light'}")
    assert not visitor.overflows()


def _click_cell(visitor: Visitor, folder: Path, x: int, y: int) -> None:
    """Clicks the middle of a cell of the drawn map, as a mouse does."""
    found = MAPS.load(folder)
    visitor.until(lambda: visitor.count(CELLS) >= len(found.cells))
    cell = visitor.browser.find_elements(By.CSS_SELECTOR, CELLS)[y * len(found.spec.x.values) + x]
    visitor.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", cell)
    ActionChains(visitor.browser).move_to_element(cell).click().perform()
    visitor.until(lambda: (visitor.query("x"), visitor.query("y")) == ([str(x)], [str(y)]))
    visitor.settle()


def test_a_click_on_a_cell_without_a_run_opens_its_command(visitor: Visitor, folder: Path) -> None:
    visitor.open(f"/map?map={folder.name}")
    _click_cell(visitor, folder, 9, 2)
    visitor.sees("--set scenario.arrivals.0.rate_per_s=400 --set policy.retry.total=2")
    assert visitor.count(LINK) == 0


def test_a_click_on_a_run_of_the_map_opens_its_cell_with_both_runs(visitor: Visitor, folder: Path) -> None:
    visitor.open(f"/map?map={folder.name}")
    _click_cell(visitor, folder, 5, 1)
    visitor.sees("Run of the lab: stable; run contradicts.")
    visitor.sees("Open the run without faults")
    visitor.click(LINK, "Open the run")
    visitor.until(lambda: "/run" in visitor.browser.current_url)
    assert visitor.query("run") == [MAPS.load(folder).runs[1].run]
    visitor.sees("retry-storm")


@pytest.mark.timeout(600)
def test_a_cell_is_predicted_on_its_page(visitor: Visitor, folder: Path) -> None:
    visitor.open(f"/map?map={folder.name}")
    _click_cell(visitor, folder, 0, 0)
    visitor.click("button", "Predict this cell")
    WebDriverWait(visitor.browser, PREDICT_S).until(lambda _: "■ Ended" in visitor.text(), visitor.text())
    assert "not modelled: the size of bodies" in visitor.text()


def test_the_cells_are_taken_along_as_csv(visitor: Visitor, folder: Path, tmp_path: Path) -> None:
    visitor.open(f"/map?map={folder.name}")
    visitor.draws("stable", "run contradicts")
    visitor.keeps_downloads_in(tmp_path)
    visitor.click("button", "Cells (CSV)")
    file = tmp_path / f"{folder.name}.csv"
    visitor.until(file.exists)
    lines = file.read_text().splitlines()
    assert len(lines) == 1 + len(MAPS.load(folder).cells)
    assert lines[0].startswith("arrivals.rate,retry.total,predicted_state,seeds,")
