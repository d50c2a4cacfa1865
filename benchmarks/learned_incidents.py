"""Whether an incident is found from Prometheus alone, and whether its drill breaks the same thresholds.

    python -m benchmarks.learned_incidents                 # three incidents, three times; goes on where it stopped
    python -m benchmarks.learned_incidents --only pause --again

A slow replica, a pause and an error burst are made with the mock upstream, behind a service that a real Prometheus
scrapes. Each is learned from that Prometheus; its times are compared with the true ones, and the scenario that was
written is run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import surgeline
from benchmarks.learned_profiles import NO_RETRIES
from benchmarks.learned_systems import one_session, send
from harness.analyse.schedule import arrival_times
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.upstream_process import UpstreamProcess
from harness.learn.incident import incident_of
from harness.learn.incident_files import drill_texts
from harness.learn.scraped_service import scraped_service
from harness.model.arrivals import Constant
from harness.model.incident import Incident
from harness.model.policy import Policy
from harness.observe.prometheus_api import Prometheus
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile
from tests.e2e.servers import prometheus

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "incidents"
AT_S, FOR_S, SECONDS, RATE_PER_S, SCRAPE_S, APART_S = 35.0, 8.0, 75.0, 50.0, 2.0, 5.0
THRESHOLDS = ("p99(latency) < 250ms", "ratio(error) < 1%")
FAULTS: dict[str, dict[str, object]] = {
    "slow replica": {"kind": "latency", "add_s": 0.4, "ratio": 0.5},
    "pause": {"kind": "pause"},
    "error burst": {"kind": "status", "status": 503, "ratio": 0.4},
}
CONFIGURATION = """
global: {{ scrape_interval: {scrape:g}s }}
scrape_configs: [{{ job_name: service, static_configs: [{{ targets: ["127.0.0.1:{port}"] }}] }}]
"""


@dataclass(frozen=True, slots=True)
class FoundIncident:
    """What was found of one incident: how many seconds begin and end are off, and the thresholds that were broken."""

    name: str
    kind: str
    episodes: int
    begin_off_s: float
    end_off_s: float
    broken: list[str]
    broken_in_drill: list[str]


def measured(name: str) -> FoundIncident:
    """Makes one incident, learns it, and runs its drill."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        incident, epoch_s = _seen(name, folder)
        for file, text in drill_texts(incident).items():
            (folder / file).write_text(text)
        written = read_scenario(str(folder / "scenario.toml"))
        record = run_plan(
            Plan(build(Policy, NO_RETRIES, "none"), written.scenario, written.upstream), folder / "runs"
        )
        margins = record.end.verdict.margins if record.end is not None else ()
    first, last = incident.episodes[0], incident.episodes[-1]
    return FoundIncident(
        name, first.kind, len(incident.episodes), first.begin_s - epoch_s - AT_S, last.end_s - epoch_s - AT_S - FOR_S,
        sorted(each.text for each in incident.thresholds if each.broken),
        sorted(margin.threshold for margin in margins if margin.verdict == "fail"),
    )  # fmt: skip


def _seen(name: str, folder: Path) -> tuple[Incident, float]:
    """The incident as learned, and when its timeline began in Unix time."""
    profile = {
        "name": "p", "capacity": {"workers": 16},
        "service_time": {"distribution": "lognormal", "median_s": 0.03, "sigma": 0.3},
        "timeline": [{"at_s": AT_S, "for_s": FOR_S, "fault": FAULTS[name]}],
    }  # fmt: skip
    upstream = UpstreamProcess(build(Profile, profile, "p"))
    try:
        upstream.wait_ready()
        with one_session() as session:
            service = surgeline.instrument(session, route=lambda request: f"GET {request.path_url}")
            exporter = surgeline.export(service, service="orders", thresholds=THRESHOLDS)
            config = folder / "prometheus.yml"
            config.write_text(CONFIGURATION.format(scrape=SCRAPE_S, port=exporter.port))
            with prometheus(config, folder) as server:
                began_s, epoch_s = time.monotonic(), time.time()
                upstream.begin(began_s)
                phase = Constant(rate_per_s=RATE_PER_S, duration_s=SECONDS)
                send(session, f"{upstream.url}/orders/1", arrival_times([phase], 1).tolist())
                time.sleep(2 * SCRAPE_S)
                found = scraped_service(Prometheus(server.url), "orders", epoch_s, epoch_s + SECONDS)
                return incident_of(found, "orders"), epoch_s
    finally:
        upstream.stop()


def misses(found: FoundIncident) -> list[str]:
    """What is not as wanted: the kind, one episode, both times, and the same broken thresholds."""
    wanted = FAULTS[found.name]["kind"]
    checks = {
        f"is a {found.kind}": found.kind == wanted,
        f"{found.episodes} episodes": found.episodes == 1,
        "begin": abs(found.begin_off_s) <= APART_S + SCRAPE_S,
        "end": abs(found.end_off_s) <= APART_S + SCRAPE_S,
        "thresholds": found.broken == found.broken_in_drill,
    }
    return [what for what, holds in checks.items() if not holds]


def _results(options: argparse.Namespace) -> Iterator[FoundIncident]:
    for name in FAULTS:
        for number in range(options.times if options.only in name else 0):
            path = KEPT / f"{name.replace(' ', '-')}-{number + 1}.json"
            if options.again or not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(asdict(measured(name))))
            yield FoundIncident(**json.loads(path.read_text()))


def main() -> int:
    """Prints the table; 1 when something is not as wanted."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="Only incidents whose name contains this.")
    parser.add_argument("--times", type=int, default=3, help="How often each incident is made.")
    parser.add_argument("--again", action="store_true", help="Make each incident again.")
    options = parser.parse_args()
    print("| incident | found as | begin, s off | end, s off | broken | broken in the drill | |")
    print("|---|---|---|---|---|---|---|")
    failed = False
    for found in _results(options):
        missed = misses(found)
        failed = failed or bool(missed)
        cells = (
            found.name, found.kind, f"{found.begin_off_s:+.1f}", f"{found.end_off_s:+.1f}", "; ".join(found.broken),
            "; ".join(found.broken_in_drill), ", ".join(missed) or "as wanted",
        )  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
