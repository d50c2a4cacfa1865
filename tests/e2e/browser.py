"""Chromium without a screen, and a dashboard on a free port."""

from __future__ import annotations

import re
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from dashboard.launch import command
from tests.conftest import needs

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--force-device-scale-factor=1",
)  # fmt: skip
WAIT_S = 30.0

PLOTS = ".st-key-time-charts svg.marks g.role-frame.root > g > path.background"

Shoot = Callable[[str], None]


@contextmanager
def served(runs: Path, *, read_only: bool = False) -> Iterator[str]:
    """The address of a dashboard over a folder of runs."""
    port = free_port()
    log = (runs.parent / f"dashboard-{port}.log").open("wb")
    server = subprocess.Popen(command(port, runs, read_only=read_only), stdout=log, stderr=log)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def free_port() -> int:
    """A free port on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    """Returns once the server answers; raises RuntimeError when it ends or takes too long."""
    until_s = monotonic() + WAIT_S
    while monotonic() < until_s and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            sleep(0.05)
    raise RuntimeError(f"the dashboard did not start (exit code {server.poll()})")


@contextmanager
def chromium(profile: Path, *flags: str) -> Iterator[Chrome]:
    """A fresh browser without a screen, with further flags if any are given.

    It ends with the block, also after an interrupt: in its own session, Ctrl-C does not reach it.
    """
    options = ChromeOptions()
    options.binary_location = needs("chromium", "chromium")
    for flag in (*FLAGS, *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    service = Service(needs("chromedriver", "chromium-driver"), popen_kw={"start_new_session": True})
    try:
        browser = Chrome(options, service)
        yield browser
        browser.quit()
    finally:
        _end(service)


def _end(service: Service) -> None:
    """Ends the driver of a browser and everything that it started, if they are still there."""
    process = getattr(service, "process", None)
    if process is None or process.poll() is not None:
        return
    with suppress(psutil.Error):
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for one in family:
            with suppress(psutil.Error):
                one.kill()
    process.wait(10)


class Visitor:
    """Someone who looks at pages: opens them, waits until they are done, and reads what is seen."""

    def __init__(self, browser: Chrome, address: str) -> None:
        self.browser, self.address, self.marked = browser, address, 0

    def look(self, width: int = 1280, *, dark: bool = False, height: int = 900) -> None:
        """How wide the window is and which theme its owner prefers."""
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, path: str, *, settled: bool = True) -> None:
        """Goes to a page and waits until it has been drawn."""
        self.browser.get(self.address + path)
        self.wait("return document.querySelector('[data-testid=stApp]') !== null")
        if settled:
            self.settle()

    def settle(self) -> None:
        """Waits until the script has run and no element is stale or loading."""
        self.wait(
            """
            const app = document.querySelector('[data-testid=stApp]');
            return app.getAttribute('data-test-script-state') === 'notRunning'
                && !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')
                && !document.querySelector('[data-stale=true]')
                && document.querySelector('[data-testid=stMain]').innerText.length > 20;
            """
        )

    def wait(self, script: str) -> None:
        """Waits until a script in the page returns something true."""
        WebDriverWait(self.browser, WAIT_S, 0.1).until(lambda b: b.execute_script(script))

    def sees(self, text: str) -> None:
        """Waits until a text is on the page."""
        try:
            WebDriverWait(self.browser, WAIT_S, 0.1).until(lambda _: text in self.text())
        except Exception:
            raise AssertionError(f"{text!r} is not on the page, which reads:\n{self.text()}") from None

    def text(self) -> str:
        """All text that the page shows."""
        return str(self.browser.execute_script("return document.body.innerText"))

    def count(self, selector: str) -> int:
        """How many elements fit."""
        return len(self.browser.find_elements(By.CSS_SELECTOR, selector))

    def click(self, selector: str, text: str = "") -> None:
        """Clicks the first element that fits and holds the text, once there is one that can be clicked.

        Found and clicked in one script, because a live page may replace it in between.
        """
        script = """
            const fits = e => e.innerText.includes(arguments[1]) && !e.disabled;
            const found = [...document.querySelectorAll(arguments[0])].find(fits);
            if (found) found.click();
            return found !== undefined;
        """
        self.until(lambda: bool(self.browser.execute_script(script, selector, text)))

    def fill(self, selector: str, text: str) -> None:
        """Writes into the first field that fits, once there is one, and leaves it."""
        self.until(lambda: self.count(selector) > 0)
        field = self.browser.find_element(By.CSS_SELECTOR, selector)
        field.send_keys(text)
        field.send_keys(Keys.CONTROL, Keys.ENTER)

    def chooses(self, selector: str, text: str) -> None:
        """Writes a choice into the first field that fits, once there is one, and takes it."""
        self.until(lambda: self.count(selector) > 0)
        self.browser.find_element(By.CSS_SELECTOR, selector).send_keys(text, Keys.ENTER)
        self.settle()

    def keeps_downloads_in(self, folder: Path) -> None:
        """Where what is downloaded from now on goes."""
        where = {"behavior": "allow", "downloadPath": str(folder)}
        self.browser.execute_cdp_cmd("Browser.setDownloadBehavior", where)

    def tick(self, row: int) -> None:
        """Ticks a row of the table; the table is drawn on a canvas, so it is a click at a place."""
        self.wait("return document.querySelector('[data-testid=stDataFrame] canvas')?.width > 100")
        canvas = self.browser.find_element(By.CSS_SELECTOR, "[data-testid=stDataFrame] canvas")
        x, y = 18 - canvas.size["width"] / 2, 35 * (row + 1.5) - canvas.size["height"] / 2
        ActionChains(self.browser).move_to_element_with_offset(canvas, round(x), round(y)).click().perform()
        self.settle()

    def drags_over(self, chart: int, start: float, end: float) -> None:
        """Drags over a time chart, from and to these shares of its time axis."""
        frame = self.plot(chart)
        x, y = frame["left"] + start * frame["width"], frame["top"] + frame["height"] / 2
        pointer = ActionBuilder(self.browser, mouse=PointerInput("mouse", "mouse"), duration=20)
        pointer.pointer_action.move_to_location(round(x), round(y)).pointer_down()
        for share in (0.5, 1.0):
            to = x + share * (end - start) * frame["width"]
            pointer.pointer_action.move_to_location(round(to), round(y))
        pointer.pointer_action.pointer_up()
        pointer.perform()

    def points_at(self, chart: int, share: float) -> None:
        """Moves the pointer over a time chart, to this share of its time axis."""
        frame = self.plot(chart)
        pointer = ActionBuilder(self.browser, mouse=PointerInput("mouse", "mouse"), duration=20)
        x, y = frame["left"] + share * frame["width"], frame["top"] + frame["height"] / 2
        pointer.pointer_action.move_to_location(round(x), round(y))
        pointer.perform()

    def plot(self, chart: int) -> dict[str, float]:
        """Where the area between the axes of a time chart is in the window, in pixels; the chart is scrolled to."""
        script = f"""
            const frame = document.querySelectorAll('{PLOTS}')[arguments[0]];
            frame.scrollIntoView({{block: 'center', behavior: 'instant'}});
            return frame.getBoundingClientRect().toJSON();
        """
        self.until(lambda: self.count(PLOTS) > chart)
        found: dict[str, float] = self.browser.execute_script(script, chart)
        return found

    def in_bar(self, script: str) -> Any:
        """What a script returns about the component of the bar of phases, `root`, which styles of its own isolate."""
        return self.browser.execute_script(f"""
            const holder = document.querySelector('.st-key-time-bar [data-testid=stBidiComponentIsolated]');
            const root = [...(holder?.querySelectorAll('*') ?? []), holder].find(e => e?.shadowRoot)?.shadowRoot;
            {script}
        """)

    def chooses_phase(self, name: str) -> None:
        """Presses the button of a phase, once there is one."""
        press = f"const b = root?.querySelector('.strip .{name}'); b?.click(); return b !== null && b !== undefined;"
        self.until(lambda: bool(self.in_bar(press)))

    def draws(self, *texts: str) -> None:
        """Waits until every text is written in a chart."""
        script = "return [...document.querySelectorAll('svg.marks')].map(e => e.textContent).join(' | ')"
        for text in texts:
            self.until(lambda text=text: text in str(self.browser.execute_script(script)))

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits until something is so."""
        WebDriverWait(self.browser, WAIT_S, 0.1).until(lambda _: condition())

    def mark(self, selector: str) -> None:
        """Marks the elements that are on the page now."""
        script = "document.querySelectorAll(arguments[0]).forEach(e => { e.dataset.marked = arguments[0]; })"
        self.browser.execute_script(script, selector)
        self.marked = self.count("[data-marked]")

    def still_marked(self) -> tuple[int, int]:
        """How many of the marked elements are still there, and how many were marked."""
        return self.count("[data-marked]"), self.marked

    def number_before(self, words: str) -> int:
        """The number that stands in front of some words, 0 if it isn't there."""
        found = re.search(rf"([\d,]+) {re.escape(words)}", self.text())
        return int(found.group(1).replace(",", "")) if found else 0

    def query(self, key: str) -> list[str]:
        """The values of a query parameter in the address."""
        return parse_qs(urlsplit(self.browser.current_url).query).get(key, [])

    def overflows(self) -> bool:
        """Whether the page is wider than the window."""
        script = "return document.querySelector('[data-testid=stMain]').scrollWidth > window.innerWidth + 1"
        return bool(self.browser.execute_script(script))

    def strangers(self) -> list[str]:
        """Addresses of other hosts that the page asked for something."""
        script = "return performance.getEntriesByType('resource').map(e => e.name)"
        loaded: list[str] = self.browser.execute_script(script)
        own = urlsplit(self.browser.current_url).netloc
        return [url for url in loaded if urlsplit(url).netloc not in ("", own)]

    def picture(self, path: Path) -> None:
        """Saves the whole page as it is seen, however long it is."""
        tall = self.browser.execute_script(
            """
            const main = document.querySelector('[data-testid=stMain]');
            return main ? main.scrollHeight + 80 : document.documentElement.scrollHeight;
            """
        )
        width = self.browser.execute_script("return window.innerWidth")
        metrics = {"width": width, "height": min(int(tall), 6000), "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.wait(
            "return new Promise(done => requestAnimationFrame(() => setTimeout(() => done(true), 300)))"
        )
        self.browser.save_screenshot(str(path))
