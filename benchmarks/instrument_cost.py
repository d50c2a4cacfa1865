"""What surgeline costs inside a service: CPU per inbound call with one request to the dependency, in one process.

    python -m benchmarks.instrument_cost

Rounds of the same inbound calls alternate, in random order, between a service that is not watched, one whose calls and
Session are traced, and one that also sends them to a writer. The CPU time is the process's, so the reporter's thread
counts. Exit code 1 when a median is above what is wanted.
"""

from __future__ import annotations

import gc
import logging
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import requests

from benchmarks.anatomy_cost import _interval
from harness.lab.upstream_process import UpstreamProcess
from harness.session.service.inbound import WatchedWsgi, current_inbound
from harness.session.service.reporter import Reporter
from harness.session.service.sessions import InboundTracer
from mock_upstream.profile import Profile

ROUNDS, CALLS = 120, 50
TRACE_US, SEND_US = 20.0, 15.0
SINK = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
connection, _ = server.accept()
while connection.recv(1 << 20):
    pass
"""
ENVIRON: dict[str, Any] = {"HTTP_X_SURGELINE_KEY": "7.1", "REQUEST_METHOD": "GET"}
Round = Callable[[], object]


def application(session: requests.Session, url: str) -> Callable[..., list[bytes]]:
    """A handler that sends one request."""

    def app(_: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [session.get(url).content]

    return app


def served(app: Callable[..., list[bytes]]) -> Round:
    """One inbound call, as a server makes it."""
    return lambda: app(ENVIRON, lambda *_: None)


def watched(url: str, reporter: Reporter | None) -> Round:
    """The same under the hook; without a reporter the call is traced and thrown away."""
    tracer = InboundTracer(("http://127.0.0.1",))
    tracer.listeners.append(lambda call: current_inbound().add(call))  # type: ignore[union-attr]
    session = tracer.instrument(requests.Session())
    report = reporter.inbound if reporter is not None else lambda _: None
    return served(WatchedWsgi(application(session, url), report))  # type: ignore[arg-type]


def main() -> int:
    """Prints one line for each kind of service, and returns 1 when one costs too much."""
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    upstream = UpstreamProcess(Profile(name="instant"))
    sink = subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE)
    assert sink.stdout is not None
    try:
        upstream.wait_ready()
        reporter = Reporter(f"127.0.0.1:{int(sink.stdout.readline())}", "token")
        return _compare(upstream.url + "/get", reporter)
    finally:
        upstream.stop()
        sink.kill()


def _compare(url: str, reporter: Reporter) -> int:
    kinds = {
        "not watched": served(application(requests.Session(), url)),
        "traced": watched(url, None),
        "traced and sent": watched(url, reporter),
    }
    times_s: dict[str, list[float]] = {name: [] for name in kinds}
    for one in kinds.values():
        _timed(one, reporter)
    gc.disable()
    order, chance = list(kinds), random.Random(1)  # noqa: S311
    for _ in range(ROUNDS):
        chance.shuffle(order)  # The first one after a collection is slower.
        for name in order:
            times_s[name].append(_timed(kinds[name], reporter))
        gc.collect()
    print(f"{ROUNDS} rounds of {CALLS} inbound calls; CPU of the process per call, median and 95% interval")
    print(f"{'not watched':<18} {statistics.median(times_s['not watched']) * 1e6:7.1f} µs")
    trace_us = _added("traced", times_s["traced"], times_s["not watched"])
    send_us = _added("traced and sent", times_s["traced and sent"], times_s["traced"])
    return int(trace_us > TRACE_US or send_us > SEND_US)


def _added(name: str, longer_s: list[float], base_s: list[float]) -> float:
    extra_us = sorted((mine - base) * 1e6 for mine, base in zip(longer_s, base_s, strict=True))
    low, high = _interval(extra_us)
    median = statistics.median(extra_us)
    print(
        f"{name:<18} {statistics.median(longer_s) * 1e6:7.1f} µs  +{median:5.1f} µs ({low:.1f} – {high:.1f})"
    )
    return median


def _timed(one: Round, reporter: Reporter) -> float:
    start_s = time.process_time()
    for _ in range(CALLS):
        one()
    reporter.flush()
    return (time.process_time() - start_s) / CALLS


if __name__ == "__main__":
    sys.exit(main())
