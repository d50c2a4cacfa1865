"""Compose runs only where it is asked for, and what every test with a browser shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import Shoot, Visitor


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests under the marker `compose`, which take minutes and root, out, unless `-m` names it."""
    if "compose" in str(config.getoption("-m")):
        return
    left_out = [item for item in items if item.get_closest_marker("compose")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("compose")]


@pytest.fixture
def shoot(visitor: Visitor) -> Shoot:
    """Saves a screenshot of the page, if screenshots are requested."""
    wanted = os.environ.get("SURGELINE_SCREENSHOTS")
    if not wanted:
        return lambda name: None
    Path(wanted).mkdir(parents=True, exist_ok=True)
    return lambda name: visitor.picture(Path(wanted) / f"{name}.png")


@pytest.fixture
def nothing_goes_wrong(visitor: Visitor) -> Iterator[None]:
    """No page shows an exception, and nothing was asked of any other host."""
    visitor.look(1280)
    yield
    assert visitor.count("[data-testid=stException]") == 0
    assert visitor.strangers() == []
