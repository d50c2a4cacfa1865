"""DNS rebinding: a site whose name points to this machine reaches neither the dashboard nor the control API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile
from tests.conftest import needs
from tests.e2e.browser import chromium, served

SITE = "evil.test"
CONNECTS = """
    const [done] = [...arguments].slice(-1), socket = new WebSocket(`ws://${location.host}/_stcore/stream`);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
"""
ASKS = """
    const [path, done] = arguments;
    fetch(path).then(answer => done(answer.status), error => done(0));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser in which the site's name points to this machine."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    rules = f"--host-resolver-rules=MAP {SITE} 127.0.0.1"
    with chromium(tmp_path_factory.mktemp("profile"), rules) as browser:
        browser.set_script_timeout(30)
        yield browser


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of a dashboard."""
    with served(tmp_path_factory.mktemp("rebinding") / "runs") as address:
        yield address.rpartition(":")[2]


@pytest.mark.parametrize(("host", "expected"), [(SITE, "refused"), ("127.0.0.1", "open")])
def test_the_dashboard_serves_its_session_under_its_own_names_only(
    browser: Chrome, dashboard: str, host: str, expected: str
) -> None:
    browser.get(f"http://{host}:{dashboard}/_stcore/health")
    assert browser.execute_async_script(CONNECTS) == expected


@pytest.mark.parametrize(("host", "answered"), [(SITE, False), ("127.0.0.1", True)])
@pytest.mark.parametrize("path", ["/state", "/ledger"])
def test_the_control_api_answers_under_its_own_names_only(
    browser: Chrome, host: str, answered: bool, path: str
) -> None:
    with EmbeddedUpstream(Profile(name="rebinding")) as upstream:
        port = upstream.admin.rpartition(":")[2]
        browser.get(f"http://{host}:{port}/")
        assert (browser.execute_async_script(ASKS, path) == 200) is answered
