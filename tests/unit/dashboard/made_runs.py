"""Runs as the lab would leave them: complete, live, killed, broken and from the future."""

from __future__ import annotations

import json
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.judge import judge
from harness.assess.runs import evidence_of as evidence
from harness.lab.lever_channel import LeverChannel
from harness.model.call import Call, Outcome
from harness.model.lever import Pull, Pulled, lever_text
from harness.model.policy import AdapterSettings, Policy, RetrySettings, SessionSettings, TimeoutSettings
from harness.model.run import End, Run, run_id
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement, Verdict
from harness.record.reader import Record, open_run
from harness.record.rows import attempt_row, call_row
from harness.record.writer import RunWriter, create, finish
from mock_upstream.config.toml import build
from mock_upstream.profile import Capacity, Profile, TimelineFault
from tests.unit.dashboard.simulated import HOST, World

T = TypeVar("T")
Event = tuple[float, str, str, str, str]

UPSTREAM = Profile.model_validate(
    {
        "name": "orders-api",
        "capacity": Capacity(workers=8, queue=100),
        "service_time": {"distribution": "lognormal", "median_s": 0.020, "sigma": 0.5},
        "fault": [{"kind": "status", "status": 503, "ratio": 0.02}],
    }
)

SLOWDOWN = TimelineFault.model_validate(
    {"at_s": 10, "for_s": 8, "fault": {"kind": "slowdown", "factor": 2.4}}
)

STATELESS = Policy(
    name="stateless",
    description="requests.get for every call: no pool, no timeout, no retry.",
    session=SessionSettings(scope="call"),
)
TEXTBOOK = Policy(
    name="textbook",
    description="A pool of 20 and four retries, as most tutorials have it.",
    adapter=AdapterSettings(pool_connections=20, pool_maxsize=20),
    timeout=TimeoutSettings(connect_s=2.0, read_s=0.15),
    retry=RetrySettings(total=4, backoff_factor=0.4, status_forcelist=(429, 500, 502, 503, 504)),
)
CAREFUL = Policy(
    name="careful",
    description="One retry, a short timeout and a pool as wide as the service.",
    adapter=AdapterSettings(pool_maxsize=64, pool_block=True),
    timeout=TimeoutSettings(connect_s=0.2, read_s=0.35),
    retry=RetrySettings(total=1, backoff_factor=0.1, status_forcelist=(503,)),
)
CRAMPED = Policy(
    name="cramped",
    description="A blocking pool of 6 for 64 threads: callers wait for a slot.",
    adapter=AdapterSettings(pool_maxsize=6, pool_block=True),
    timeout=TimeoutSettings(connect_s=0.2, read_s=2.0),
)
POLICIES = (STATELESS, TEXTBOOK, CAREFUL)
STARTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
THRESHOLDS = ["p99(latency) < 250ms", "ratio(error) < 1%", "amplification < 1.2", "p99(pool_wait) < 20ms"]
TABLES = ("calls", "attempts", "pool", "guards", "driver", "served", "events")


def scenario(
    name: str = "dependency-slowdown", duration_s: float = 30.0, rate_per_s: float = 130.0
) -> Scenario:
    """A steady load with a slow dependency in the middle."""
    return Scenario.model_validate(
        {
            "name": name,
            "seed": 7,
            "upstream": "upstreams/orders-api.toml",
            "journey": "scenarios.journeys.orders:browse_and_buy",
            "service": {"threads": 64},
            "arrivals": [{"rate_per_s": rate_per_s, "duration_s": duration_s}],
            "timeline": [SLOWDOWN] if duration_s > 10 else [],
            "slo": {"warmup_s": 3.0, "thresholds": THRESHOLDS},
        }
    )


def run_of(policy: Policy, of: Scenario, started_at: datetime) -> Run:
    """The identity of a made run."""
    return Run(
        id=run_id(policy, of, UPSTREAM, started_at),
        policy=policy,
        scenario=of,
        upstream=UPSTREAM,
        seed=of.seed,
        target=f"http://{HOST}",
        started_at=started_at,
        epoch_s=1000.0,
        versions={"surgeline": "0.1.0", "requests": "2.34.0", "urllib3": "2.8.0", "locust": "2.47.0"},
        machine={"cpu": "2 cores", "memory_bytes": 24_000_000_000, "os": "Linux 6.1"},
        command=f"surgeline run {of.name} --policy {policy.name} --set scenario.seed={of.seed}",
    )


class Underway:
    """A run that is being written, second by second, as the lab would."""

    def __init__(self, root: Path, run: Run, until_s: float) -> None:
        self.world = World(run.policy, run.scenario, run.seed, until_s).run()
        self.folder = create(root, run)
        self.run, self.second = run, 0
        self._writer = RunWriter(self.folder, TABLES)

    def write(self, seconds: int = 1) -> None:
        """Appends what ended in the next seconds, a batch for each."""
        for second in range(self.second, self.second + seconds):
            self._writer["calls"].extend(call_row(c) for c in self._calls[second])
            self._writer["attempts"].extend(
                attempt_row(c, a) for c in self._calls[second] for a in c.attempts
            )
            self._writer["pool"].extend(self._pools[second])
            self._writer["served"].extend(self._served[second])
            self._writer["events"].extend(self._events[second])
            self._writer["driver"].add(_report(self.world, second + 1.0))
            self._writer.flush()
        self.second += seconds

    @cached_property
    def _calls(self) -> dict[int, list[Call]]:
        return _by_second(self.world.calls, lambda call: call.ended_s)

    @cached_property
    def _pools(self) -> dict[int, list[tuple[object, ...]]]:
        return _by_second(self.world.pools, lambda row: row[0])

    @cached_property
    def _served(self) -> dict[int, list[tuple[object, ...]]]:
        return _by_second(self.world.served, lambda row: row[12])

    @cached_property
    def _events(self) -> dict[int, list[Event]]:
        return _by_second(_events(self.run.scenario), lambda event: event[0])

    def add(self, call: Call) -> None:
        """Appends a call of a second of which nothing else is written."""
        self._writer["calls"].add(call_row(call))
        self._writer.flush()

    def note(self, event: Event) -> None:
        """Appends an event."""
        self._writer["events"].add(event)
        self._writer.flush()

    def close(self) -> Path:
        """Ends the streams, as they are when the driver is gone."""
        self._writer.close()
        return self.folder

    def finish(self) -> Path:
        """Ends the run as complete, measured and judged."""
        self.close()
        measured, verdict = _judged(open_run(self.folder))
        ended = self.run.started_at + timedelta(seconds=self.run.scenario.duration_s)
        finish(self.folder, End(state="complete", ended_at=ended, measurements=measured, verdict=verdict))
        return self.folder


class Driver:
    """Writes a run in the background as far as it is told, and keeps it alive while it waits."""

    def __init__(self, run: Underway) -> None:
        self._run, self._until, self._over = run, 0, threading.Event()
        self._inbox = LeverChannel(run.folder)
        self._thread = threading.Thread(target=self._drive)

    def __enter__(self) -> Driver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def go_to(self, second: int) -> None:
        """Lets the run get to this second of its time, and returns once it is written."""
        self._until = second
        while self._run.second < second and self._thread.is_alive():
            self._thread.join(0.05)

    def _drive(self) -> None:
        while not self._over.wait(0.1) or self._run.second < self._until:
            self._acknowledge()
            if self._run.second < self._until:
                self._run.write()
            else:
                (self._run.folder / "calls.arrows").touch()

    def _acknowledge(self) -> None:
        """Does what the lab does with levers that are pulled: one process takes each at once."""
        requested, _ = self._inbox.take()
        for pull in requested:
            done = Pulled(id=pull.id, at_s=float(self._run.second), acknowledged=1, processes=1)
            self._run.note(
                lever_event(done.at_s, {"lever": pull.lever.lever, **pull.lever.written()}, pull.who)
            )
            self._inbox.respond(done)


def lever_event(at_s: float, lever: dict[str, object], who: str = "ada") -> Event:
    """The event of a lever that one process acknowledged."""
    pull = build(Pull, {"id": "1", "who": who, "lever": lever}, "lever")
    detail = {"who": who, "lever": lever, "acknowledged": 1, "processes": 1, "problem": ""}
    return (at_s, "lever", lever_text(pull.lever), "pulled", json.dumps(detail))


def underway(
    root: Path, policy: Policy, of: Scenario | None = None, started_at: datetime = STARTED
) -> Underway:
    """A run of which nothing has been written yet."""
    of = of or scenario()
    return Underway(root, run_of(policy, of, started_at), of.duration_s + of.drain_s)


def complete(root: Path, policy: Policy, of: Scenario | None = None, started_at: datetime = STARTED) -> Path:
    """A run that went to its end and was judged."""
    run = underway(root, policy, of, started_at)
    run.write(int(run.world.until_s) + 1)
    return run.finish()


UNSEEN = "An event that occurs once in 2.3 s or more rarely may not have occurred in this run."
"""What a run of `passing` says."""


def passing(root: Path) -> Path:
    """A run of 7 counted seconds, without a fault, that meets its SLO."""
    return complete(root, CAREFUL, scenario("steady", duration_s=10.0))


def failing_fast(root: Path) -> Path:
    """A run in which every call fails within a millisecond, under a limit of latency alone."""
    slo = {"warmup_s": 3.0, "thresholds": ["p99(latency) < 250ms"]}
    quiet = Scenario.model_validate(scenario("refused", duration_s=10.0).model_dump() | {"slo": slo})
    run = underway(root, STATELESS, quiet)
    for call in run.world.calls:
        call.ended_s, call.outcome = call.started_s + 0.001, Outcome.CONNECT_REFUSED
    run.write(int(run.world.until_s) + 1)
    return run.finish()


def unfinished(root: Path, policy: Policy, started_at: datetime, seconds: int = 14) -> Path:
    """A run as it is on disk after some seconds: live while its files are fresh, killed once they are old."""
    run = underway(root, policy, started_at=started_at)
    run.write(seconds)
    return run.close()


def killed(root: Path, policy: Policy, started_at: datetime) -> Path:
    """A run killed with -9: streams end in the middle of a batch, and nothing was written for minutes."""
    import os

    folder = unfinished(root, policy, started_at)
    stream = folder / "calls.arrows"
    stream.write_bytes(stream.read_bytes()[:-150])
    for path in folder.iterdir():
        os.utime(path, (started_at.timestamp(), started_at.timestamp()))
    return folder


def broken(root: Path) -> Path:
    """A folder whose run.json is not JSON."""
    folder = root / "20260301-080000-dependency-slowdown-damaged-ffffff"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{ this was never")
    return folder


def newer(root: Path, of: Path) -> Path:
    """A run of a schema that only a later surgeline can read."""
    folder = root / "20260301-070000-dependency-slowdown-tomorrow-eeeeee"
    shutil.copytree(of, folder)
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(
        json.dumps({**run, "schema_version": 99, "id": folder.name, "galaxy": "far"})
    )
    return folder


def everything(root: Path) -> dict[str, Path]:
    """One folder of runs in every state, by name."""
    made = {
        p.name: complete(root, p, started_at=STARTED + timedelta(minutes=i)) for i, p in enumerate(POLICIES)
    }
    made["killed"] = killed(root, CRAMPED, STARTED + timedelta(minutes=8))
    made["live"] = unfinished(root, TEXTBOOK, STARTED + timedelta(minutes=9))
    made["broken"] = broken(root)
    made["newer"] = newer(root, made["careful"])
    return made


def _by_second(rows: Iterable[T], at_s: Callable[[T], Any]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = defaultdict(list)
    for row in rows:
        found[int(at_s(row))].append(row)
    return found


def _report(world: World, at_s: float) -> tuple[object, ...]:
    """What the only process of the service reports at the end of a second."""
    due = [c for c in world.calls if c.scheduled_s < at_s]
    open_now = [c for c in due if c.ended_s >= at_s]
    waiting = sum(c.started_s >= at_s for c in open_now)
    return (at_s, 0.0, 0.1, 50_000_000, len(open_now) - waiting, waiting, len(due), 0, 0.0)


def _judged(record: Record) -> tuple[dict[str, Measurement], Verdict]:
    seen = evidence(record)
    measured = measurements(seen)
    return measured, judge(seen, measured)


def _events(of: Scenario) -> list[Event]:
    rows = []
    for fault in of.timeline:
        detail = json.dumps(
            fault.fault.model_dump(mode="json", exclude_defaults=True) | {"rule": "timeline.0"}
        )
        rows.append((fault.at_s, "fault", fault.fault.label(), "on", detail))
        off = json.dumps({"rule": "timeline.0"})
        rows.append((fault.at_s + (fault.for_s or 0.0), "fault", fault.fault.label(), "off", off))
    return rows
