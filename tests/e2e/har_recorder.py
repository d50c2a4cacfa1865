"""Records a HAR with Chromium's own developer tools, which write it from the developer protocol's events."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.browser import WAIT_S, chromium, free_port

_SAVED = """
const done = arguments[arguments.length - 1];
(async () => {
    const {Log} = await import('./models/har/har.js');
    const {NetworkLog} = await import('./models/logs/logs.js');
    const requests = NetworkLog.NetworkLog.instance().requests();
    done(JSON.stringify({log: await Log.Log.build(requests, {sanitize: true})}));
})().catch(error => done(String(error)));
"""
_ATTACHED = """
const done = arguments[arguments.length - 1];
(async () => {
    const {TargetManager} = await import('./core/sdk/sdk.js');
    done(TargetManager.TargetManager.instance().primaryPageTarget() !== null);
})().catch(() => done(false));
"""


class HarRecorder:
    """A tab to visit pages in, and the developer tools in another one."""

    def __init__(self, browser: Chrome, port: int) -> None:
        self.browser, self._page = browser, browser.current_window_handle
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
            target = next(each for each in json.load(answer) if each["type"] == "page")
        browser.switch_to.new_window("tab")
        browser.get(
            f"devtools://devtools/bundled/devtools_app.html?ws=127.0.0.1:{port}/devtools/page/{target['id']}&panel=network"
        )
        self._tools = browser.current_window_handle
        self._wait(lambda: browser.execute_async_script(_ATTACHED))
        browser.switch_to.window(self._page)

    def visit(self, url: str, title: str) -> None:
        """Opens a page, and waits until it has given itself this title."""
        self.browser.get(url)
        self._wait(lambda: self.browser.title == title)

    def save(self, path: Path) -> None:
        """Writes the HAR of what was visited."""
        self.browser.switch_to.window(self._tools)
        path.write_text(self.browser.execute_async_script(_SAVED))
        self.browser.switch_to.window(self._page)

    def _wait(self, condition: object) -> None:
        WebDriverWait(self.browser, WAIT_S).until(lambda _: condition())  # type: ignore[operator]


@contextmanager
def har_recorder(profile: Path) -> Iterator[HarRecorder]:
    """A browser that records."""
    port = free_port()
    with chromium(profile, f"--remote-debugging-port={port}", "--remote-allow-origins=*") as browser:
        yield HarRecorder(browser, port)
