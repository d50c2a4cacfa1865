"""Measures this machine: its timers, the speed of driver and upstream, the cost of tracing, how much runs differ."""

from __future__ import annotations

import socket
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.lab.upstream_process import UpstreamProcess
from harness.model.machine_check import MachineCheck
from harness.model.policy import Policy
from harness.model.quantile import quantile, rank
from harness.model.quantities import Unit
from harness.model.run_effect import RunEffect
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
from harness.record.machine import machine
from harness.record.reader import Record
from mock_upstream.config.toml import build
from mock_upstream.process.owned_folder import owned_folder
from mock_upstream.profile import Profile

RATES = (100, 200, 400, 600, 800, 1000, 1300, 1600, 2000, 2500, 3000)
SECONDS, WARMUP_S = 5.0, 1.0
TIMER_S, TIMER_TIMES = 0.005, 200
PIPELINED, SOCKETS = 100, 4
IDENTICAL_RUNS, IDENTICAL_RATE = 6, 200.0
_IDENTICAL_SHARES = {"p50": 0.5, "p99": 0.99}
Say = Callable[[str], None]

_UPSTREAM: dict[str, object] = {"name": "doctor", "service_time": {"distribution": "fixed", "value_s": 0.005}}
_QUEUE: dict[str, object] = {
    "name": "doctor",
    "capacity": {"workers": 8},
    "service_time": {"distribution": "exponential", "mean_s": 0.02},
}
_POLICY = {
    "name": "doctor",
    "session": {"trust_env": False},
    "adapter": {"pool_maxsize": 200},
    "timeout": {"connect_s": 2.0, "read_s": 10.0},
}


def check_machine(say: Say = lambda _: None) -> MachineCheck:
    """Checks the machine, in about two minutes; `say` gets the name of each measurement."""
    say("timers")
    found, remarks = [_timer_error()], list[str]()
    say("upstream")
    found += _upstream()
    with owned_folder() as folder:
        ceiling, measured = _driver(Path(folder), say)
        effect, differ = _identical_runs(Path(folder), say)
    found += [*measured, *differ]
    if not ceiling:
        remarks.append(
            f"The driver was late even at {RATES[0]}/s: this machine is too busy for measurements."
        )
    if found[0].number > 0.002:
        remarks.append("Timers are late by milliseconds: latencies below 10 ms are not reliable.")
    return MachineCheck(
        made_at=datetime.now(UTC),
        machine=machine(),
        driver_ceiling_per_s=ceiling,
        measurements=tuple(found),
        run_effect=effect,
        remarks=tuple(remarks),
    )


def _timer_error() -> Measurement:
    late_s = []
    for _ in range(TIMER_TIMES):
        began_s = monotonic()
        sleep(TIMER_S)
        late_s.append(monotonic() - began_s - TIMER_S)
    return _order("timer error p99", late_s, 0.99)


def _driver(root: Path, say: Say) -> tuple[float, list[Measurement]]:
    """The highest rate of the ladder at which a run was valid, and its measurements."""
    from harness.analyse.verdict.validity import invalid_reasons
    from harness.assess.runs import evidence_of

    ceiling, best, record = 0.0, list[Measurement](), None
    for rate in RATES:
        say(f"driver at {rate}/s")
        record = run_plan(_plan(rate, _UPSTREAM), root)
        if invalid_reasons(evidence_of(record)):
            break
        ceiling, best = float(rate), _of_run(record)
    if not best and record is not None:
        best = _of_run(record)
    return ceiling, best


def _identical_runs(root: Path, say: Say) -> tuple[RunEffect, list[Measurement]]:
    """How much runs with the same arrivals and the same service times differ, in p50 and p99; the larger one counts."""
    from harness.analyse.compare.run_effect import effect_of, spread_interval
    from harness.assess.runs import evidence_of

    runs = []
    for number in range(1, IDENTICAL_RUNS + 1):
        say(f"identical run {number} of {IDENTICAL_RUNS}")
        runs.append(evidence_of(run_plan(_plan(IDENTICAL_RATE, _QUEUE), root)).counted["latency_s"].tolist())
    effects = {
        name: effect_of([quantile(run, share) for run in runs]) for name, share in _IDENTICAL_SHARES.items()
    }
    differ = []
    for name, effect in effects.items():
        low, high = spread_interval(effect)
        differ.append(
            Measurement(
                name=f"identical runs differ, {name}",
                value=effect.spread,
                unit="ratio",
                n=effect.runs,
                low=low,
                high=high,
            )
        )
    return max(effects.values(), key=lambda effect: effect.usual), differ


def _of_run(record: Record) -> list[Measurement]:
    from harness.assess.runs import evidence_of

    seen = evidence_of(record)
    busy = seen.driver["cpu_ratio"].dropna().tolist()
    rate = len(seen.counted) / max(seen.window.length_s, 1e-9)
    late_s = (seen.served["actual_delay_s"] - seen.served["intended_delay_s"]).dropna().tolist()
    assert record.end is not None  # noqa: S101
    return [
        record.end.measurements["schedule_lag.p99"].model_copy(update={"name": "schedule error p99"}),
        _order("upstream delay error p99", late_s, 0.99),
        mean_of("driver CPU per call", [share / rate for share in busy], "s"),
    ]


def _upstream() -> list[Measurement]:
    """Requests a second over a few pipelined connections, and the cost of tracing calls against the same server."""
    from harness.session.trace.overhead import cpu_per_call_s

    instant = build(Profile, {"name": "instant"}, "instant.toml")
    upstream = UpstreamProcess(instant)
    try:
        upstream.wait_ready()
        rates = [_pipelined(upstream.url) for _ in range(8)]
        bare, observed = cpu_per_call_s(upstream.url + "/get")
    finally:
        upstream.stop()
    extra = [after - before for before, after in zip(bare, observed, strict=True)]
    return [mean_of("upstream ceiling", rates, "1/s"), mean_of("anatomy CPU per call", extra, "s")]


def _pipelined(url: str) -> float:
    place = urlsplit(url)
    assert place.hostname is not None  # noqa: S101
    request = f"GET /get HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode() * PIPELINED
    began_s = monotonic()
    for _ in range(SOCKETS):
        with socket.create_connection((place.hostname, place.port or 80), timeout=10) as connection:
            connection.sendall(request)
            answered, kept = 0, b""
            while answered < PIPELINED:
                data = kept + connection.recv(1 << 16)
                answered += data.count(b"HTTP/1.1 ")
                kept = data[-8:] if not data.endswith(b"HTTP/1.1 ") else b""
    return SOCKETS * PIPELINED / (monotonic() - began_s)


def _plan(rate: float, upstream: dict[str, object]) -> Plan:
    scenario = {
        "name": "doctor",
        "upstream": "doctor.toml",
        "journey": "scenarios.journeys.orders:get_order",
        "service": {"threads": 200},
        "arrivals": ({"rate_per_s": float(rate), "duration_s": SECONDS, "spacing": "constant"},),
        "drain_s": 3.0,
        "slo": {"warmup_s": WARMUP_S, "thresholds": ("p99(latency) < 100ms",)},
    }
    return Plan(
        build(Policy, _POLICY, "doctor.toml"),
        build(Scenario, scenario, "doctor.toml"),
        build(Profile, upstream, "doctor.toml"),
    )


def _order(name: str, values: Sequence[float], share: float) -> Measurement:
    """A quantile in seconds, with the interval of order statistics; open above where there are too few values."""
    from harness.analyse.stats.effective_size import critical

    ordered, n = sorted(values), len(values)
    reach = critical(max(1.0, n - 1.0)) * (n * share * (1 - share)) ** 0.5
    below, above = int(n * share - reach), int(n * share + reach) + 1
    return Measurement(
        name=name,
        value=ordered[rank(n, share)] if n else 0.0,
        unit="s",
        n=n,
        low=ordered[max(0, below)] if n else None,
        high=ordered[above] if above < n else None,
    )


def mean_of(name: str, values: Sequence[float], unit: Unit) -> Measurement:
    """A mean with Student's interval; open on both sides for a single value."""
    from harness.analyse.stats.effective_size import critical

    mean, n = statistics.fmean(values), len(values)
    if n < 2:
        return Measurement(name=name, value=mean, unit=unit, n=n, low=None, high=None)
    half = critical(n - 1.0) * statistics.stdev(values) / n**0.5
    return Measurement(name=name, value=mean, unit=unit, n=n, low=mean - half, high=mean + half)
