"""Compose runs only where it is asked for, and what every test with a browser shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.e2e.browser import Shoot, Visitor, chromium


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests under the marker `compose`, which take minutes and root, out, unless `-m` names it."""
    if "compose" in str(config.getoption("-m")):
        return
    left_out = [item for item in items if item.get_closest_marker("compose")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("compose")]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests of a process: its start costs as much as some pages."""
    with chromium(tmp_path_factory.mktemp("profile")) as started:
        started.set_script_timeout(90)
        yield started


@pytest.fixture(scope="module")
def tab(browser: Chrome) -> Chrome:
    """The browser with a new tab only: without a history, a cookie or an error in the console."""
    before = browser.current_window_handle
    browser.switch_to.new_window("tab")
    new = browser.current_window_handle
    browser.switch_to.window(before)
    browser.close()
    browser.switch_to.window(new)
    browser.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.get_log("browser")
    return browser


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
