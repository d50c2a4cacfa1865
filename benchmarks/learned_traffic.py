"""Whether traffic that a journal does not have is claimed where there is some, and only there.

    python -m benchmarks.learned_traffic               # simulated pairs of sources, and six behind a real Prometheus
    python -m benchmarks.learned_traffic --real 0      # the simulated ones alone

A journal is compared with a second source of the same server's requests: nginx's log, or a counter that a Prometheus
scrapes. Rates are steady, rise and fall, or come in bursts; the clocks of both sources differ; scrapes are 2 to 15 s
apart, late by some milliseconds, and some are missing. The simulated counters are read by the code that reads those
of a real Prometheus.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

import surgeline
from benchmarks.learned_systems import one_session, send
from benchmarks.wanted import exit_code
from harness.analyse.learning.hidden_traffic import is_hidden
from harness.analyse.schedule import arrival_times
from harness.analyse.stats.effective_size import Floats
from harness.lab.upstream_process import UpstreamProcess
from harness.learn.counter_steps import Selector
from harness.learn.exchange_store import exchange_store
from harness.learn.second_source import SecondCounter, SecondFiles, SecondSource
from harness.learn.sources import read_files
from harness.model.arrivals import Constant
from harness.model.verdict import Measurement
from harness.observe.prometheus_api import Prometheus, TimeSeries
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile
from tests.e2e.servers import prometheus
from tests.unit.harness.analyse.learning.queues import Served
from tests.unit.harness.learn.logs import EPOCH_S, NGINX, journal_lines, text_lines, write
from tests.unit.harness.learn.scrapes import Scrapes, scrapes_between

LOG, COUNTER, REAL = "nginx's log", "Prometheus, simulated", "Prometheus, real"
HIDDEN, FALSE_ALARMS, LEAST_FOUND, LEAST_NONE = (0.25, 0.4), 0.05, 20, 100
SHAPES, SCRAPES_S, STEPS, RATE_PER_S = ("steady", "rising", "bursts"), (2.0, 5.0, 15.0), 30, 50.0
LATE_S, MISSED, CLOCK_S = 0.01, 0.02, 0.3
REAL_SECONDS, REAL_SCRAPE_S = 24.0, 1.0
PROFILE = {"name": "p", "service_time": {"distribution": "lognormal", "median_s": 0.03, "sigma": 0.3}}
CONFIGURATION = """
global: {{ scrape_interval: {scrape:g}s, scrape_timeout: {scrape:g}s }}
scrape_configs: [{{ job_name: upstream, static_configs: [{{ targets: ["{upstream}"] }}] }}]
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One pair of sources: what the journal lacks, in truth and as found."""

    second: str
    hidden: float
    found: Measurement


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter of requests as they end, in answer to the queries for its scrapes and its values."""

    ended_s: Floats
    scrapes: Scrapes

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        """The scrapes."""
        return self.scrapes.within(expression, at_s or 0.0)

    def over(self, _: str, start_s: float, end_s: float, step_s: float = 1.0) -> list[TimeSeries]:
        """The values at a step's scrapes."""
        return [self.scrapes.held({}, self._before, start_s, end_s, step_s)]

    def _before(self, at_s: Floats) -> Floats:
        return np.searchsorted(self.ended_s, at_s).astype(np.float64)


def simulated(seed: int, hidden: float, shape: str, scrape_s: float) -> Iterator[Compared]:
    """A journal beside a log, and beside a counter, both of all requests."""
    seconds = STEPS * scrape_s
    seen, other = (
        _requests(rate * RATE_PER_S, seconds, shape, [seed, number])
        for number, rate in enumerate((1 - hidden, hidden))
    )
    every = _merged(seen, other)
    scrapes = scrapes_between(EPOCH_S - 60, EPOCH_S + seconds + 60, scrape_s, seed, LATE_S, MISSED)
    counter = SecondCounter(Counted(np.sort(every.ended_s), scrapes), Selector("requests_total"))
    with tempfile.TemporaryDirectory() as name:
        journal = write(Path(name) / "journal.jsonl", journal_lines(_by_another_clock(seen, seed)))
        log = SecondFiles([write(Path(name) / "access.log", text_lines(NGINX, every))])
        yield Compared(LOG, hidden, _found(journal, log))
        yield Compared(COUNTER, hidden, _found(journal, counter))


def _found(journal: Path, second: SecondSource) -> Measurement:
    with exchange_store() as store:
        read_files(store, [journal])
        return second.hidden_from(store)


def _requests(rate_per_s: float, seconds: float, shape: str, seed: list[int]) -> Served:
    """Requests at a mean rate; the hidden ones rise, or burst, at other times than the ones that are seen."""
    rng = np.random.default_rng(seed)
    match shape:
        case "steady":
            rates = np.full(STEPS, rate_per_s)
        case "rising":
            rates = rate_per_s * (1 + 0.7 * np.sin(np.linspace(0, 2 * np.pi, STEPS) + rng.uniform(0, 6)))
        case _:
            rates = rate_per_s * rng.choice([0.5, 3.0], STEPS, p=[0.8, 0.2])
    counts, step_s = rng.poisson(rates * seconds / STEPS), seconds / STEPS
    steps = np.repeat(np.arange(STEPS), counts)
    arrived_s = EPOCH_S + np.sort((steps + rng.random(len(steps))) * step_s)
    service_s = rng.lognormal(np.log(0.03), 0.3, len(arrived_s))
    return Served(arrived_s, arrived_s + service_s, service_s)


def _by_another_clock(of: Served, seed: int) -> Served:
    off_s = np.random.default_rng(seed).uniform(-CLOCK_S, CLOCK_S)
    return Served(of.arrived_s + off_s, of.ended_s + off_s, of.service_s)


def _merged(one: Served, other: Served) -> Served:
    both = [np.concatenate(pair) for pair in zip(one, other, strict=True)]
    order = np.argsort(both[0])
    return Served(*(values[order] for values in both))


def real(number: int) -> Iterator[Compared]:
    """The same behind one real Prometheus: a quarter is hidden, and nothing is, in turn; `number` times each."""
    upstream = UpstreamProcess(build(Profile, PROFILE, "p"))
    try:
        upstream.wait_ready()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            config, control = folder / "prometheus.yml", upstream.admin.removeprefix("http://")
            config.write_text(CONFIGURATION.format(scrape=REAL_SCRAPE_S, upstream=control))
            with prometheus(config, folder) as server:
                counter = SecondCounter(
                    Prometheus(server.url), Selector.parsed("surgeline_upstream_requests_total")
                )
                for turn, hidden in product(range(number), (HIDDEN[0], 0.0)):
                    journal = folder / f"journal-{turn}-{hidden}.jsonl"
                    _drive(f"{upstream.url}/orders/1", journal, hidden, turn)
                    yield Compared(REAL, hidden, _found(journal, counter))
    finally:
        upstream.stop()


def _drive(url: str, journal: Path, hidden: float, seed: int) -> None:
    """A service with a journal, and beside it one of which nothing is known, until both are scraped."""
    with one_session() as session, one_session() as unknown:
        service = surgeline.instrument(session, route=lambda request: f"GET {request.path_url}")
        surgeline.export(service, journal=journal)
        rate = RATE_PER_S * hidden / (1 - hidden)
        other = threading.Thread(target=send, args=(unknown, url, _steady(rate, seed + 100)))
        other.start()
        send(session, url, _steady(RATE_PER_S, seed))
        other.join()
    time.sleep(2 * REAL_SCRAPE_S)


def _steady(rate_per_s: float, seed: int) -> list[float]:
    phases = [Constant(rate_per_s=rate_per_s, duration_s=REAL_SECONDS)] if rate_per_s else []
    times_s: list[float] = arrival_times(phases, seed).tolist()
    return times_s


def _pairs(times: int, real_pairs: int) -> Iterator[Compared]:
    kinds = product(range(times), SHAPES, SCRAPES_S, (0.0, 0.0, 0.0, *HIDDEN))
    for seed, (_, shape, scrape_s, hidden) in enumerate(kinds):
        yield from simulated(seed, hidden, shape, scrape_s)
    yield from real(real_pairs)


def _wanted(pairs: list[Compared]) -> Iterator[tuple[str, bool]]:
    """Each row of the table is printed, and judged."""
    for second, hidden in product((LOG, COUNTER, REAL), (0.0, *HIDDEN)):
        found = [each.found for each in pairs if (each.second, each.hidden) == (second, hidden)]
        if not found:
            continue
        n, claimed = len(found), sum(map(is_hidden, found))
        low, *_, high = sorted(each.number for each in [*found, *found])
        print(f"| {second} | {hidden:.0%} | {claimed} of {n} | {low:.1%} – {high:.1%} |")
        if hidden:
            yield f"{hidden:.0%} hidden is claimed beside {second}, n = {n}", claimed == n
        else:
            yield (
                f"at most {FALSE_ALARMS:.0%} false alarms beside {second}, n = {n}",
                claimed <= FALSE_ALARMS * n,
            )
    for second in (LOG, COUNTER):
        none = sum(each.second == second and not each.hidden for each in pairs)
        some = sum(each.second == second and each.hidden == HIDDEN[0] for each in pairs)
        yield f"n of {second}", none >= LEAST_NONE and some >= LEAST_FOUND


def main() -> int:
    """Prints the table; 1 where hidden traffic is missed, or too often claimed where there is none."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--times", type=int, default=4, help="Simulated pairs of each kind, thrice without any."
    )
    parser.add_argument(
        "--real", type=int, default=3, help="Pairs behind a real Prometheus, with and without."
    )
    options = parser.parse_args()
    pairs = list(_pairs(options.times, options.real))
    print("| beside | hidden | claimed | share found |")
    print("|---|---|---|---|")
    return exit_code(dict(_wanted(pairs)))


if __name__ == "__main__":
    sys.exit(main())
