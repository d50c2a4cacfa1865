"""How soon the dashboard shows something that means something, over 200 runs of which five have a million calls.

    python -m benchmarks.dashboard_paint [--views 200] [--runs FOLDER]

Times are from the start of the navigation, in Chromium, with the server running and its libraries loaded. *First
words* is when verdicts and key numbers can be read, *first chart* when a chart has been drawn, *whole* when
nothing is loading any more. *Cold* is the first visit to these runs, *warm* the median of later ones. The runs are as
`surgeline compare` leaves them, with its results beside them; *never compared* are four of them that were not compared
with each other before. The peer is an empty Streamlit page on the same machine in the same browser.

Wanted are the first words (a verdict, or the first calls) within a second and the whole page within 2.5 s, on the first
visit too; the exit code is 1 where a page needs longer. How much a live run loses to being read is measured by
`benchmarks.dashboard_reading`. With `--views` the pages are visited in turn, and the server's memory is read now and
then.

What other programs took of the machine in the meantime is printed, because it makes every time longer. A page that
misses its time is a miss all the same.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import psutil
from selenium.webdriver import Chrome

from benchmarks.dashboard_runs import make, make_ranges
from dashboard.launch import command
from dashboard.theme import labels
from harness.record.reader import open_run
from tests.e2e.browser import Visitor, chromium, free_port, wait_until_healthy

WARM_VISITS = 5
WORDS_S, WHOLE_S = 1.0, 2.5

WATCH = """
window.__seen = {};
const look = () => {
  const text = document.body ? document.body.innerText : '';
  const now = performance.now() / 1000;
  if (!window.__seen.words && window.__words.every(w => text.includes(w))) window.__seen.words = now;
  if (!window.__seen.chart && document.querySelector('svg.marks, [data-testid=stVegaLiteChart] canvas'))
    window.__seen.chart = now;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@contextmanager
def server(line: list[str], port: int, log: Path) -> Iterator[psutil.Process]:
    """A running Streamlit server."""
    with log.open("wb") as out:
        process = subprocess.Popen(line, stdout=out, stderr=out)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(10)


def visit(browser: Chrome, address: str, path: str, words: list[str]) -> dict[str, float]:
    """Opens a page in a fresh document and returns when what was seen, in seconds."""
    script = {"source": f"window.__words = {words!r};{WATCH}"}
    watching = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)["identifier"]
    visitor = Visitor(browser, address)
    visitor.open(path)
    seen: dict[str, float] = browser.execute_script("return window.__seen")
    whole = browser.execute_script("return performance.now() / 1000")
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": watching})
    return {
        "words": seen.get("words", float("nan")),
        "chart": seen.get("chart", float("nan")),
        "whole": whole,
    }


def pages_of(root: Path, large: list[str], searched: list[str]) -> dict[str, tuple[str, list[str]]]:
    """By its name the path of each page, and the words that tell that its first verdict or call can be read."""
    end = open_run(root / large[0]).end
    return {
        "calls (1,000,000 calls)": (f"/calls?run={large[4]}", ["Calls 1 to 50 of 1,000,000"]),
        "home (200 runs)": ("/", ["Scenarios and policies", "newest run"]),
        "runs (200)": ("/runs", ["200 runs in"]),
        "compare (5 × 1,000,000 calls)": (
            _compare(large),
            [labels.verdict_label(end.verdict if end else None)],
        ),
        "never compared (4 × 1,000,000)": (
            _compare(large[:4]),
            [labels.verdict_label(end.verdict if end else None)],
        ),
        "capacity (2 policies)": (
            "/range?" + "&".join(f"ranges={name}" for name in searched),
            ["expected peak", "first limit"],
        ),
        "run (1,000,000 calls)": (f"/run?run={large[4]}", ["Attempts per call", "95% interval"]),
        "rehearse": ("/rehearse", ["Earlier rehearsals"]),
        "new run": ("/new_run?scenario=retry-storm&policy=careful", ["What will happen"]),
    }


def measure(browser: Chrome, address: str, pages: dict[str, tuple[str, list[str]]]) -> bool:
    """Prints the table of paints; returns whether every page came in time."""
    visit(browser, address, "/run?run=careful", [])
    print(f"{'page':<32}{'':<6}{'first words':>12}{'first chart':>12}{'whole':>12}   seconds")
    missed = []
    for name, (path, words) in pages.items():
        cold = visit(browser, address, path, words)
        later = [visit(browser, address, path, words) for _ in range(WARM_VISITS)]
        warm = {key: median(v[key] for v in later) for key in cold}
        for state, seen in (("cold", cold), ("warm", warm)):
            print(f"{name:<32}{state:<6}" + "".join(f"{seen[k]:>12.2f}" for k in ("words", "chart", "whole")))
            if not (seen["words"] <= WORDS_S and seen["whole"] <= WHOLE_S):
                missed.append(f"{name}, {state}")
    print(f"wanted: first words within {WORDS_S:g} s, the whole page within {WHOLE_S:g} s")
    print(f"missed: {'; '.join(missed) or 'none'}")
    return not missed


@contextmanager
def others(server: psutil.Process) -> Iterator[None]:
    """Prints how much of the machine's processor time programs other than server, browser and benchmark took."""
    mine = [psutil.Process(), server]
    begun_s, (idle_s, own_s) = perf_counter(), _spent(mine)
    yield
    wall_s, (idle_now_s, own_now_s) = perf_counter() - begun_s, _spent(mine)
    cores = psutil.cpu_count() or 1
    other_s = max(0.0, cores * wall_s - (idle_now_s - idle_s) - (own_now_s - own_s))
    load = ", ".join(f"{value:.1f}" for value in psutil.getloadavg())
    print(f"other programs took {other_s / (cores * wall_s):.0%} of {cores} cores; load averages {load}")


def _spent(processes: list[psutil.Process]) -> tuple[float, float]:
    """The idle seconds of all cores, and the processor seconds of these processes and all that they started."""
    times, family = psutil.cpu_times(), {p.pid: p for one in processes for p in one.children(recursive=True)}
    family |= {p.pid: p for p in processes}
    own_s = 0.0
    for process in family.values():
        with suppress(psutil.Error):
            spent = process.cpu_times()
            own_s += spent.user + spent.system
    return times.idle + getattr(times, "iowait", 0.0), own_s


def _compare(large: list[str]) -> str:
    return "/compare?" + "&".join(f"runs={run}" for run in large)


def peer(browser: Chrome, folder: Path) -> None:
    """Prints the same for an empty Streamlit page."""
    app = folder / "empty.py"
    app.write_text("import streamlit as st\nst.write('hello, this page is empty on purpose')\n")
    port = free_port()
    line = [w for w in command(port, folder) if not w.endswith("app.py")]
    line.insert(line.index("run") + 1, str(app))
    with server(line, port, folder / "peer.log"):
        seen = [visit(browser, f"http://127.0.0.1:{port}", "/", ["hello"]) for _ in range(WARM_VISITS)][1:]
    print(f"{'an empty page (peer)':<32}{'warm':<6}{median(v['words'] for v in seen):>12.2f}")


def wander(browser: Chrome, address: str, large: list[str], process: psutil.Process, views: int) -> None:
    """Visits pages in turn and prints the server's memory on the way."""
    paths = ["/runs", _compare(large), *(f"/run?run={r}" for r in large)]
    begun_s = perf_counter()
    for number in range(views + 1):
        if number % max(1, views // 5) == 0:
            sleep(1)
            rss = sum(p.memory_info().rss for p in [process, *process.children(recursive=True)])
            print(f"after {number:>4} views: {rss / 2**20:7.0f} MiB")
        Visitor(browser, address).open(paths[number % len(paths)])
    print(f"{views} views in {perf_counter() - begun_s:.0f} s")


def stop_in_order() -> None:
    """Lets SIGTERM end the program as Ctrl-C does, so that browser and server are ended on the way."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def main() -> None:
    """Makes the runs, starts the server, measures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--views", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path(tempfile.gettempdir()) / "surgeline-dashboard-runs")
    wanted = parser.parse_args()
    stop_in_order()
    large, searched = make(wanted.runs), make_ranges(wanted.runs)
    with tempfile.TemporaryDirectory() as scratch, chromium(Path(scratch) / "profile") as browser:
        port = free_port()
        with server(command(port, wanted.runs), port, Path(scratch) / "server.log") as process:
            address = f"http://127.0.0.1:{port}"
            with others(process):
                in_time = measure(browser, address, pages_of(wanted.runs, large, searched))
            if wanted.views:
                wander(browser, address, large, process, wanted.views)
        peer(browser, Path(scratch))
    sys.exit(not in_time)


if __name__ == "__main__":
    main()
