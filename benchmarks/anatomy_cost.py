"""What taking calls apart costs: CPU per call of this process, against the bare Session, in one run.

    python -m benchmarks.anatomy_cost

Rounds of the same calls alternate between a bare Session, one that is observed, one whose calls are also
recorded and counted as metrics, and one that stands under a guard besides; the differences are paired round by
round, and shown as medians with their 95% interval (order statistics). Exits 1 where a wanted figure is missed.
"""

from __future__ import annotations

import gc
import logging
import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from benchmarks.wanted import exit_code
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.upstream_process import UpstreamProcess
from harness.model.call import Call
from harness.model.policy import Policy
from harness.observe.exporter import Exporter
from harness.record.rows import attempt_row, call_row
from harness.record.writer import RunWriter
from harness.session.resilience.controls import Controls
from harness.session.trace.call_trace import CallTracer
from mock_upstream.profile import Profile

ROUNDS, CALLS = 60, 100
TRACE_US, TRACE_RATIO, KEEPING_US = 20.0, 1.07, 15.0
Round = Callable[[], None]


def bare(url: str) -> Round:
    """A Session as it comes."""
    session = requests.Session()

    def one() -> None:
        session.get(url)

    return one


def observed(url: str, on_call: Callable[[Call], None], policy: Policy | None = None) -> Round:
    """The same, with every call taken apart, and handed to `on_call`."""
    anatomy = CallTracer()
    session = anatomy.instrument(requests.Session())
    if policy is not None:
        Controls(policy).attach(session)

    def one() -> None:
        now = anatomy.now()
        call = Call(0, 0, "GET", "/get", now, now, now)
        with anatomy.calling(call, keyed=False) as trace:
            response = session.get(url)
            call.status, call.received_bytes = response.status_code, trace.received_bytes
        call.ended_s = anatomy.now()
        on_call(call)

    return one


def _ignore(call: Call) -> None:
    """Does nothing with a call."""


def keeper(folder: Path) -> Callable[[Call], None]:
    """Records a call and counts it, as a driver does."""
    writer = RunWriter(folder, ("calls", "attempts"))
    exporter = Exporter("benchmark", "baseline", read_scenario("baseline").scenario.slo)
    calls, attempts = writer["calls"], writer["attempts"]

    def keep(call: Call) -> None:
        calls.add(call_row(call))
        attempts.extend([attempt_row(call, attempt) for attempt in call.attempts])
        exporter.call(call)

    return keep


def main() -> int:
    """Prints one line for each kind of Session; 1 where a limit is missed."""
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    upstream = UpstreamProcess(Profile(name="instant"))
    with TemporaryDirectory() as folder:
        try:
            upstream.wait_ready()
            return _compare(upstream.url + "/get", Path(folder))
        finally:
            upstream.stop()


def _compare(url: str, folder: Path) -> int:
    deadline = read_policy("grpc")
    kinds: dict[str, Round] = {
        "bare Session": bare(url),
        "observed": observed(url, _ignore),
        "observed, recorded, counted": observed(url, keeper(folder)),
        "observed, under [retry.budget] and total_s": observed(url, _ignore, deadline),
    }
    times_s: dict[str, list[float]] = {name: [] for name in kinds}
    for one in kinds.values():
        _timed(one)
    gc.disable()
    for _ in range(ROUNDS):
        for name, one in kinds.items():
            times_s[name].append(_timed(one))
        gc.collect()
    base_s = times_s["bare Session"]
    print(f"{ROUNDS} rounds of {CALLS} calls each; CPU of the client per call, median and 95% interval")
    for name, found_s in times_s.items():
        extra_s = sorted(mine - base for mine, base in zip(found_s, base_s, strict=True))
        low_s, high_s = _interval(extra_s)
        print(
            f"{name:<44} {statistics.median(found_s) * 1e6:7.1f} µs"
            f"  +{statistics.median(extra_s) * 1e6:5.1f} µs ({low_s * 1e6:.1f} – {high_s * 1e6:.1f})"
            f"  ×{statistics.median(found_s) / statistics.median(base_s):.3f}"
        )
    return _decided(times_s)


def _decided(times_s: dict[str, list[float]]) -> int:
    """1 where the trace, or recording and counting on top of it, costs more than is wanted."""
    base_s, traced_s, kept_s = list(times_s.values())[:3]
    trace_us, keeping_us = (
        statistics.median(mine - base for mine, base in zip(more_s, less_s, strict=True)) * 1e6
        for more_s, less_s in ((traced_s, base_s), (kept_s, traced_s))
    )
    ratio = statistics.median(traced_s) / statistics.median(base_s)
    return exit_code(
        {
            f"taking a call apart at most {TRACE_US:.0f} µs": trace_us <= TRACE_US,
            f"and at most ×{TRACE_RATIO}": ratio <= TRACE_RATIO,
            f"recording and counting at most {KEEPING_US:.0f} µs on top": keeping_us <= KEEPING_US,
        }
    )


def _timed(one: Round) -> float:
    start_s = time.process_time()
    for _ in range(CALLS):
        one()
    return (time.process_time() - start_s) / CALLS


def _interval(ascending: list[float]) -> tuple[float, float]:
    """95% for the median, by order statistics."""
    n = len(ascending)
    reach = 1.96 * math.sqrt(n) / 2.0
    return ascending[max(0, int(n / 2 - reach))], ascending[min(n - 1, int(n / 2 + reach))]


if __name__ == "__main__":
    sys.exit(main())
