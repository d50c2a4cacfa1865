"""What a call and a scrape cost the driver, beside prometheus_client doing the same: prints both ratios.

    python -m benchmarks.metrics_cost [--calls 20000]

The peer keeps its children in a dictionary as we do; it is prometheus_client at its best.
"""

import argparse
import random
from collections.abc import Callable
from statistics import median
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from harness.model.call import Attempt, Call, Outcome
from harness.model.slo import Slo
from harness.observe.catalogue import SECONDS_BUCKETS
from harness.observe.exporter import Exporter

ROUNDS = 5


class Peer:
    """The same observations, made with prometheus_client's own metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._children: dict[tuple[str, ...], Histogram | Counter] = {}
        run = ("policy", "scenario")
        names = {"call": ("route", "outcome"), "thread_wait": (), "lag": (), "pool_wait": ()}
        names |= {"attempt": ("method", "status", "error"), "backoff": ("slot",)}
        self._metrics: dict[str, Histogram | Counter] = {
            name: Histogram(
                name + "_seconds", name, (*run, *own), registry=self.registry, buckets=SECONDS_BUCKETS
            )
            for name, own in names.items()
        }
        self._metrics["retries"] = Counter(
            "retries_total", "retries", (*run, "reason"), registry=self.registry
        )

    def _child(self, *key: str) -> Histogram | Counter:
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._metrics[key[0]].labels("careful", "cost", *key[1:])
        return child

    def call(self, call: Call) -> None:
        """Counts one ended call with its attempts."""
        self._child("call", call.route, call.outcome.value).observe(call.latency_s)
        self._child("thread_wait").observe(call.thread_wait_s)
        self._child("lag").observe(call.schedule_lag_s)
        self._child("pool_wait").observe(sum(a.pool_wait_s for a in call.attempts))
        for attempt in call.attempts:
            status = str(attempt.status)
            self._child("attempt", call.method, status, attempt.error).observe(attempt.first_byte_s)
            if attempt.reason:
                self._child("retries", attempt.reason).inc()
                self._child("backoff", "free").observe(attempt.backoff_s)


def some_calls(count: int) -> list[Call]:
    """Calls of eight routes, of which every fifth was retried once."""
    rng, calls = random.Random(1), []  # noqa: S311
    for number in range(count):
        latency_s = rng.lognormvariate(-3.5, 0.8)
        call = Call(number, 0, "GET", f"GET /r{number % 8}", 0.0, 0.002, 0.001, latency_s, Outcome.OK, 200)
        statuses = (503, 200) if rng.random() < 0.2 else (200,)
        call.attempts = [
            Attempt(n, 0.0, "h", 0.0001, first_byte_s=latency_s, status=s, reason="503" if s == 503 else "")
            for n, s in enumerate(statuses)
        ]
        calls.append(call)
    return calls


def cost_s(action: Callable[[], object]) -> float:
    """Seconds that one action takes, the median of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        began_s = perf_counter()
        action()
        taken.append(perf_counter() - began_s)
    return median(taken)


def main() -> None:
    """Prints both costs and both ratios, with how many of what they were measured on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=20_000)
    calls = some_calls(parser.parse_args().calls)
    ours, peer = Exporter("careful", "cost", Slo()), Peer()

    def all_calls(count: Callable[[Call], None]) -> Callable[[], None]:
        return lambda: [count(call) for call in calls] and None

    per_call = [cost_s(all_calls(side.call)) / len(calls) * 1e6 for side in (ours, peer)]
    scrape = [cost_s(ours.text) * 1e3, cost_s(lambda: generate_latest(peer.registry)) * 1e3]
    lines = ours.text().count(b"\n")
    print(
        f"a call:   {per_call[0]:6.2f} µs, prometheus_client {per_call[1]:6.2f} µs: ×{per_call[1] / per_call[0]:.1f}"
    )
    print(
        f"a scrape: {scrape[0]:6.2f} ms, prometheus_client {scrape[1]:6.2f} ms: ×{scrape[1] / scrape[0]:.1f}"
    )
    print(f"(medians of {ROUNDS} rounds of {len(calls):,} calls, {lines} lines a scrape)")


if __name__ == "__main__":
    main()
