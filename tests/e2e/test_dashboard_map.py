"""Stability maps in a real browser. Screenshots go to SURGELINE_SCREENSHOTS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
