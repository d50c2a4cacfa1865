"""Ranges as `surgeline range` would leave them: complete, searching, killed, broken and from the future."""

from __future__ import annotations

import json
import os
import random
import shutil
from datetime import timedelta
from math import exp, log
from pathlib import Path

from harness.assess.ranges import concluded, next_probe
from harness.model.policy import Policy
from harness.model.range import AtPeak, Headroom, OperatingRange, Probe, SearchSpec, Trial
from harness.range_search import search
from harness.record.result_store import RANGES
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_runs import CAREFUL, STARTED, TEXTBOOK, UPSTREAM

BOUNDARIES = {"careful": (268.0, 400.0), "textbook": (231.0, 110.0)}
PEAK_PER_S = 200.0


def complete(root: Path, policy: Policy, started: int = 0) -> Path:
    """A range that was searched to its end, with the run at its limit."""
    found = _searched(_begun(policy, started), most=40)
    assert found.stable_up_to is not None
    folder = RANGES.save(root, found)
    rate = found.stable_up_to.value
    of = made_runs.scenario("capacity", duration_s=9.0, rate_per_s=rate)
    run = made_runs.complete(folder, policy, of, found.started_at + timedelta(minutes=5))
    trials = tuple(t.model_copy(update={"run": run.name}) if _confirms(t, rate) else t for t in found.trials)
    headroom = _headroom(rate)
    RANGES.save(root, found.model_copy(update={"state": "complete", "trials": trials, "headroom": headroom}))
    return folder


def searching(root: Path, policy: Policy, trials: int = 6, started: int = 0) -> Path:
    """A range in the middle of its search: at work while its file is fresh."""
    return RANGES.save(root, _searched(_begun(policy, started), most=trials))


def killed(root: Path, policy: Policy, started: int = 0) -> Path:
    """A search that was killed with -9: it never said that it is over, and nothing was written for a long time."""
    folder = searching(root, policy, started=started)
    os.utime(folder / "range.json", (STARTED.timestamp(), STARTED.timestamp()))
    return folder


def broken(root: Path) -> Path:
    """A folder whose range.json is torn."""
    folder = root / "20260301-080000-range-capacity-damaged-ffffff"
    folder.mkdir(parents=True)
    (folder / "range.json").write_text('{"id": "2026')
    return folder


def newer(root: Path, of: Path) -> Path:
    """A range of a schema that only a later surgeline writes."""
    folder = root / "20260301-070000-range-capacity-tomorrow-eeeeee"
    shutil.copytree(of, folder)
    found = json.loads((folder / "range.json").read_text())
    (folder / "range.json").write_text(json.dumps({**found, "schema_version": 99, "id": folder.name}))
    return folder


def everything(root: Path) -> dict[str, Path]:
    """One folder of ranges in every state, by name."""
    made = {p.name: complete(root, p, started=n) for n, p in enumerate((TEXTBOOK, CAREFUL))}
    made["killed"] = killed(root, made_runs.CRAMPED, started=-60)
    made["broken"] = broken(root)
    made["newer"] = newer(root, made["careful"])
    return made


def go_on(folder: Path, trials: int) -> None:
    """Adds trials to a search, one after the other, as the search does."""
    found = OperatingRange.model_validate_json((folder / "range.json").read_bytes())
    RANGES.save(folder.parent, _searched(found, most=len(found.trials) + trials))


def finish(folder: Path) -> None:
    """Ends a search."""
    found = OperatingRange.model_validate_json((folder / "range.json").read_bytes())
    RANGES.save(folder.parent, _searched(found, most=40).model_copy(update={"state": "complete"}))


def _begun(policy: Policy, started: int) -> OperatingRange:
    scenario = made_runs.scenario("capacity", duration_s=9.0).model_copy(
        update={"expected_peak_per_s": PEAK_PER_S}
    )
    spec = SearchSpec(policy=policy, scenario=scenario, upstream=UPSTREAM)
    at = STARTED + timedelta(hours=1, minutes=started)
    return search.begin_range(spec).model_copy(
        update={
            "id": RANGES.name(spec, at),
            "started_at": at,
            "command": f"surgeline range capacity --policy {policy.name}",
        }
    )


def _searched(found: OperatingRange, most: int) -> OperatingRange:
    while len(found.trials) < most and (probe := next_probe(found)) is not None:
        trial = pretended(probe, found.spec.policy.name, len(found.trials))
        found = concluded(found.model_copy(update={"trials": (*found.trials, trial)}))
    return found


def pretended(probe: Probe, policy: str, number: int) -> Trial:
    """A trial whose share of slow calls follows the rate, with a little seeded noise."""
    boundary, recovers = BOUNDARIES.get(policy, (250.0, 250.0))
    storm, rate = probe.purpose == "trigger", probe.rate_per_s
    noise = random.Random(f"{policy} {number}").gauss(0.0, 0.25)
    odds = exp(noise + log(0.01 / 0.99) + 22 * log(rate / boundary))
    bad = float(rate > recovers) if storm else odds / (1 + odds)
    load_s = 30.0 if storm else probe.warmup_s + probe.counted_s
    p99_s = 0.25 * (rate / boundary) ** 6
    text = "the client did not recover within 20.0 s" if bad else "the client recovered after 4.50 s"
    return Trial(
        run=f"trial-{number}",
        purpose=probe.purpose,
        rate_per_s=rate,
        load_s=load_s,
        n=round(rate * load_s),
        bad_ratio=bad,
        allowed_ratio=0.5 if storm else 0.01,
        effective_n=1.0 if storm else max(30.0, rate * load_s / 9),
        limit_s=0.25,
        counted_s=probe.counted_s,
        threshold="recovery < 20s" if storm else "p99(latency) < 250ms",
        measured=text if storm else f"p99(latency), {p99_s * 1e3:.0f} ms",
    )


def _confirms(trial: Trial, rate: float) -> bool:
    return trial.purpose == "confirm" and trial.rate_per_s == rate


def _headroom(rate: float) -> tuple[Headroom, ...]:
    n = round(rate * 30)

    def at_peak(value: float) -> AtPeak:
        return AtPeak(value=value, low=0.9 * value, high=1.2 * value, basis="queue", n=n)

    unbounded = AtPeak(value=None, low=None, high=None, basis="trials", n=n)
    return (
        Headroom(resource="connections", unit="count", used=19, available=64, at_peak=at_peak(16), n=120),
        Headroom(resource="threads", unit="count", used=23, available=64, at_peak=unbounded, n=30),
        Headroom(resource="upstream queue", unit="count", used=14, available=100, n=n),
        Headroom(resource="driver CPU", unit="ratio", used=0.41, available=1.0, at_peak=at_peak(0.35), n=30),
        Headroom(resource="driver memory", unit="bytes", used=1.6e8, available=2.4e10, n=30),
    )
