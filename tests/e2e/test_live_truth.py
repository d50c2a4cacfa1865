"""What is shown of a live run is never better than its record says afterwards, whatever fault the upstream has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import Any, get_args

import pandas as pd
import psutil
import pytest

from dashboard.data.incident import state_of
from dashboard.data.live_frames import LiveFrames
from dashboard.data.live_numbers import LiveNumbers
from harness.analyse.measure.timeline import per_second
from harness.analyse.recovery_clock import recovery_clock
from harness.record.reader import Record, list_runs
from mock_upstream.config.toml import build
from mock_upstream.faults import Fault
from mock_upstream.profile import TimelineFault
from tests.e2e.live import LiveRun, retrying_plan

FAULT_S, PITCH_S, FIRST_S, LOOK_S = 1.0, 1.6, 2.2, 0.2
RATE_PER_S, LOOSE_S, P99_LIMIT_S = 60, 0.02, 0.5
LAG_S = 4.0
"""How old a number may be at most: STALE_S, and the time of a look on a busy machine."""
KINDS: dict[str, dict[str, Any]] = {
    "accept_full": {"drop_open": True}, "bad_gzip": {}, "bad_json": {}, "bandwidth": {"bytes_per_s": 200},
    "drip": {}, "empty": {}, "garble": {}, "hang": {}, "latency": {"add_s": 0.3}, "loss": {"stall_s": 0.3},
    "malformed": {"how": "chunk_size"}, "pause": {}, "quota": {"limit": 5}, "redirect_loop": {},
    "refused": {"drop_open": True}, "reset": {}, "silent_close": {}, "slowdown": {"factor": 8.0}, "stale": {},
    "status": {"status": 503}, "truncate": {}, "wrong_length": {"by": 7},
}  # fmt: skip
OVER_TLS = {"tls": {"how": "expired"}}
GROUPS = [dict(list(KINDS.items())[begin::4]) for begin in range(4)]


def test_every_kind_of_fault_is_among_the_runs_below() -> None:
    kinds = {get_args(kind.model_fields["kind"].annotation)[0] for kind in get_args(get_args(Fault)[0])}
    assert kinds == {*KINDS, *OVER_TLS}


@dataclass(frozen=True, slots=True)
class Look:
    """What was known of a live run at one moment, in seconds since its start."""

    at_s: float
    live: LiveNumbers
    state: str


def _faults(kinds: dict[str, dict[str, Any]]) -> tuple[TimelineFault, ...]:
    return tuple(
        build(
            TimelineFault,
            {
                "at_s": FIRST_S + place * PITCH_S,
                "for_s": FAULT_S,
                "fault": {"kind": kind, "name": kind, **settings},
            },
            "fault",
        )
        for place, (kind, settings) in enumerate(kinds.items())
    )


def _settings(kinds: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    return (
        f"scenario.arrivals.0.duration_s={FIRST_S + len(kinds) * PITCH_S + (6.0 if len(kinds) == 1 else 1.0)}",
        "scenario.slo.warmup_s=1",
        "scenario.drain_s=2",
        "policy.timeout.connect_s=0.3",
        "policy.timeout.read_s=0.4",
    )


def _state(seconds: pd.DataFrame, live: LiveNumbers, trigger_s: tuple[float, float]) -> str:
    """The state of the incident at the end of the second that is known."""
    now_s = (live.second_s or 0.0) + 1.0
    clock = recovery_clock(seconds, 1.0, trigger_s, P99_LIMIT_S, now_s)
    return state_of(clock, known=live.second_s is not None)[0]


def _looks(run: LiveRun, root: Path, trigger_s: tuple[float, float]) -> Iterator[Look]:
    """Looks at the run, as the pages do, until it ends."""
    looks: dict[Path, LiveFrames] = {}
    while run.live:
        for record in list_runs(root):
            if isinstance(record, Record) and record.state == "live":
                seconds, live = looks.setdefault(record.folder, LiveFrames(record.folder)).seconds(record)
                yield Look(monotonic() - record.run.epoch_s, live, _state(seconds, live, trigger_s))
        sleep(LOOK_S)


@pytest.mark.parametrize("kinds", [*GROUPS, OVER_TLS], ids=" ".join)
def test_no_number_of_a_live_run_is_better_than_its_record(
    tmp_path: Path, kinds: dict[str, dict[str, Any]]
) -> None:
    tls = {"tls": {}} if kinds is OVER_TLS else {}
    plan = retrying_plan(*_settings(kinds), faults=_faults(kinds), **tls)
    run = LiveRun(plan, tmp_path)
    trigger_s = (FIRST_S, FIRST_S + (len(kinds) - 1) * PITCH_S + FAULT_S)
    looks = list(_looks(run, tmp_path, trigger_s))
    record = run.end()
    seconds_of = per_second(record.calls(), failed_calls=record.run.scenario.slo.failed_calls)
    truth = seconds_of.set_index("at_s")
    seen = [look for look in looks if look.live.second_s is not None]
    assert [better for look in seen for better in _better_than(truth, record, look)] == []
    recovered = [look for look in seen if look.state == "RECOVERED"]
    assert [look for look in recovered if _state(seconds_of, look.live, trigger_s) != "RECOVERED"] == []
    assert [look.at_s for look in seen if look.at_s - (look.live.second_s or 0.0) - 1 > LAG_S] == []
    seconds = {look.live.second_s for look in seen}
    for fault in plan.upstream.timeline:
        assert seconds & {float(int(fault.at_s)), float(int(fault.at_s) + 1)}, f"nothing was seen of {fault}"


def _better_than(truth: pd.DataFrame, record: Record, look: Look) -> Iterator[str]:
    """The numbers of a look that are better than the record's of the same second."""
    live, second = look.live, truth.loc[look.live.second_s]
    goodput, failed, p99 = float(second["goodput"]), second["error_ratio"], second["p99_s"]
    if (live.goodput_per_s or 0.0) > goodput + 1e-9:
        yield f"{look}: goodput was {goodput}"
    if live.failed_ratio is not None and live.failed_ratio < failed - 1e-9:
        yield f"{look}: {failed} failed"
    if live.p99_s is not None and live.p99_s < (inf if pd.isna(p99) else p99) - 1e-9:
        yield f"{look}: p99 was {p99}"
    yield from _better_counts(record, look, float(second["offered"]))


def _better_counts(record: Record, look: Look, offered: float) -> Iterator[str]:
    """Offered and in flight, which the driver counts at the moment of its report, of what it has dispatched."""
    driver, calls = record.table("driver"), record.calls()
    assert look.live.second_s is not None
    reported_s = float(driver.loc[driver["at_s"] >= look.live.second_s + 1, "at_s"].min())
    lag_s = float(calls.loc[calls["scheduled_s"] < reported_s, "schedule_lag_s"].tail(60).max())
    late_s = reported_s - look.live.second_s - 1 + lag_s
    if (look.live.offered_per_s or 0.0) < offered - 2 - 2 * late_s * RATE_PER_S:
        yield f"{look}: {offered} were offered"
    under_way = (
        (calls["dispatched_s"] < reported_s - LOOSE_S) & (calls["ended_s"] > reported_s + LOOSE_S)
    ).sum()
    if (look.live.in_flight or 0) < under_way:
        yield f"{look}: {under_way} calls were in flight"


def test_arrivals_that_a_stalled_driver_dispatches_late_are_offered_when_they_were_due(
    tmp_path: Path,
) -> None:
    run = LiveRun(retrying_plan("scenario.arrivals.0.duration_s=6", "scenario.slo.warmup_s=1"), tmp_path)
    looks = _looks(run, tmp_path, (1.0, 2.0))
    next(look for look in looks if look.live.second_s is not None)
    driver = next(p for p in psutil.Process().children() if "harness.drive" in " ".join(p.cmdline()))
    driver.suspend()
    sleep(2.2)
    driver.resume()
    seen = [look.live.offered_per_s for look in looks if look.live.offered_per_s is not None]
    record = run.end()
    offered = [*seen, *per_second(record.calls(), driver=record.table("driver"))["offered"]]
    assert max(offered) < 1.6 * RATE_PER_S
