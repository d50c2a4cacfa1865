"""Every kind of limiter, and none, in front of eight workers of 20 ms.

    python -m benchmarks.limiters [--duration 60] [--real 0.02]

One client with 64 threads offers 0.5, 0.8 and 1.5 times the capacity, on a simulated clock; in a second run of each the
upstream loses half of its workers in the middle. Then two clients share the upstream, each offering 0.75 of its
capacity, long enough for Envoy's kind to measure its minimum four times. `--real` adds one run of the default kind
through the lab, with eight workers of so many seconds; on a busy machine, 0.1 is less distorted by the driver. At last
the CPU time that a limiter adds to an attempt is measured. Exits 1 where the default kind misses what is wanted of it.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from pydantic import TypeAdapter

from benchmarks.limiter_systems import CAPACITY_PER_S, SERVICE_S, THREADS, WORKERS, Client, Simulation, jain
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.limiter_settings import LimiterSettings
from harness.model.policy import Policy
from harness.model.quantile import quantile
from harness.session.resilience.pipeline import Pipeline

KINDS = ("none", "envoy", "envoy-64", "vegas", "gradient2", "aimd", "failsafe")
DEFAULT = "envoy"
LOADS, WARM_UP_S, SHARED_S = (0.5, 0.7, 0.8, 1.5), 5.0, 200.0
OVERLOAD = 1.5
GOODPUT, SLOWEST, ADAPTED_S, FAIR, HARMLESS = 0.97, 3.0, 5.0, 0.9, 0.99
HARMLESS_UP_TO = 0.7
REAL_S, REAL_WARM_UP_S, LATE = 40.0, 10.0, 0.25
COST_US, ROUNDS, ATTEMPTS = 2.0, 9, 10_000
READ: TypeAdapter[LimiterSettings] = TypeAdapter(LimiterSettings)


@dataclass(frozen=True, slots=True)
class Found:
    """Of one client: goodput as a share of what could be served, p99 of admitted calls in service times.

    `adapted_s` is how long after the loss of half of the workers the p99 of all later calls is within the limit.
    """

    goodput: float
    p99: float
    adapted_s: float


def main() -> int:
    """Prints the table; 1 where the default kind misses a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--duration", type=float, default=60.0, help="seconds of each simulated run")
    parser.add_argument("--real", type=float, metavar="SERVICE_S", help="also one run through the lab")
    options, missed = parser.parse_args(), list[str]()
    print(f"{'':11}" + "".join(f"{f'{load:g} × capacity':<22}" for load in LOADS) + "two clients")
    print(f"{'kind':11}" + f"{'goodput   p99 adapted':22}" * len(LOADS) + "  Jain    p99")
    found = {kind: {load: alone(kind, load, options.duration) for load in LOADS} for kind in KINDS}
    for kind in KINDS:
        fair, p99 = shared(kind)
        cells = "".join(
            f"{one.goodput:7.3f} {one.p99:5.1f} {one.adapted_s:5.0f} s " for one in found[kind].values()
        )
        print(f"{kind:11}{cells} {fair:5.3f} {p99:6.1f}", flush=True)
        if kind == DEFAULT:
            missed += misses(found[kind], found["none"], fair)
    if options.real:
        missed += _real(options.real)
    missed += _cost()
    for line in missed:
        print(f"MISSED: {line}")
    return int(bool(missed))


def settings(kind: str) -> LimiterSettings | None:
    """A kind with its defaults, or with `most` set to the number after the dash; None for no limiter."""
    name, _, most = kind.partition("-")
    if name == "none":
        return None
    return READ.validate_python({"kind": name, **({"most": int(most)} if most else {})})


def alone(kind: str, load: float, duration_s: float) -> Found:
    """One client at this load, with all workers; and with half of them from the middle on."""
    whole, halved = (Client(load * CAPACITY_PER_S, settings(kind)) for _ in range(2))
    Simulation([whole], duration_s).run()
    half_s = duration_s / 2
    Simulation([halved], duration_s, ((0.0, WORKERS), (half_s, WORKERS // 2))).run()
    goodput = whole.goodput_per_s(WARM_UP_S, duration_s) / (min(load, 1.0) * CAPACITY_PER_S)
    return Found(
        goodput, whole.p99_s(WARM_UP_S, duration_s) / SERVICE_S, adapted_s(halved, half_s, duration_s)
    )


def adapted_s(client: Client, from_s: float, to_s: float) -> float:
    """Whole seconds until the p99 of all later calls is within the limit; infinite if it never is."""
    for after_s in range(int(to_s - from_s) - 1):
        if client.p99_s(from_s + after_s, to_s) <= SLOWEST * SERVICE_S:
            return float(after_s)
    return float("inf")


def shared(kind: str) -> tuple[float, float]:
    """Two clients at one upstream: Jain's index of their goodput, the larger p99 in multiples of the service time."""
    clients = [Client(0.75 * CAPACITY_PER_S, settings(kind), seed=seed) for seed in (1, 2)]
    Simulation(clients, SHARED_S).run()
    fair = jain([client.goodput_per_s(WARM_UP_S, SHARED_S) for client in clients])
    return fair, max(client.p99_s(WARM_UP_S, SHARED_S) for client in clients) / SERVICE_S


def misses(found: dict[float, Found], none: dict[float, Found], fair: float) -> list[str]:
    """A line for each figure that is missed; `fair` is Jain's index of two clients."""
    one = found[OVERLOAD]
    wanted = [
        (one.goodput >= GOODPUT, f"goodput in the overload {one.goodput:.3f}, wanted {GOODPUT}"),
        (one.p99 <= SLOWEST, f"p99 in the overload {one.p99:.1f} × service, wanted {SLOWEST:g}"),
        (one.adapted_s <= ADAPTED_S, f"adapted after {one.adapted_s:g} s, wanted {ADAPTED_S:g}"),
        (fair >= FAIR, f"Jain's index {fair:.3f}, wanted {FAIR}"),
    ]
    for load in (load for load in LOADS if load <= HARMLESS_UP_TO):
        share = found[load].goodput / none[load].goodput
        wanted.append((share >= HARMLESS, f"goodput at {load:g} {share:.3f} of none, wanted {HARMLESS}"))
    return [line for held, line in wanted if not held]


def _cost() -> list[str]:
    """CPU time of an attempt's way through the pipeline, with a limiter that refuses nothing and without one."""
    without_us, with_us = (
        min(_attempt_us(policy) for _ in range(ROUNDS))
        for policy in (
            Policy(name="none"),
            Policy.model_validate({"name": "p", "limiter": {"kind": DEFAULT}}),
        )
    )
    added_us = with_us - without_us
    print(
        f"CPU time that a limiter adds to an attempt: {added_us:.1f} µs (the fastest of {ROUNDS} rounds each)"
    )
    return [] if added_us <= COST_US else [f"{added_us:.1f} µs for an attempt, wanted {COST_US:g}"]


def _attempt_us(policy: Policy) -> float:
    pipeline = Pipeline(policy)
    began_s = process_time()
    for _ in range(ATTEMPTS):
        context = pipeline.begin()
        pipeline.admit(context, "http://127.0.0.1:1")
        if context.admission is not None:
            context.admission.sent(pipeline.clock())
        pipeline.result(context, "http://127.0.0.1:1", 200)
        context.let_go()
    return (process_time() - began_s) / ATTEMPTS * 1e6


def _real(service_s: float) -> list[str]:
    """One run of the default kind at the overload, through the lab."""
    capacity_per_s = WORKERS / service_s
    overrides = read_overrides(
        [
            f"scenario.arrivals=[{{rate_per_s={OVERLOAD * capacity_per_s:g}, duration_s={REAL_S:g}}}]",
            f"scenario.service={{processes=1, threads={THREADS}}}",
            f"upstream.service_time.value_s={service_s:g}",
            f'policy.limiter={{kind="{DEFAULT}"}}',
        ]
    )
    written = read_scenario("baseline", overrides)
    plan = Plan(read_policy("session", overrides), written.scenario, written.upstream)
    with tempfile.TemporaryDirectory() as folder:
        record = run_plan(plan, Path(folder))
        calls, served = record.calls(), record.table("served")
        late_s = quantile(record.table("driver")["late_s"], 0.9)
    good, served = (
        calls[calls["outcome"] == "ok"],
        served[served["arrived_s"].between(REAL_WARM_UP_S, REAL_S)],
    )
    admitted = good[good["scheduled_s"].between(REAL_WARM_UP_S, REAL_S)]
    answered = good["ended_s"].between(REAL_WARM_UP_S, REAL_S).sum()
    goodput = answered / (REAL_S - REAL_WARM_UP_S) / capacity_per_s
    p99 = quantile(admitted["ended_s"] - admitted["started_s"], 0.99) / service_s
    upstream_p99 = quantile(served["queue_wait_s"] + served["service_s"], 0.99) / service_s
    print(
        f"real run of {DEFAULT}, {service_s * 1000:g} ms: goodput {goodput:.3f}, p99 {p99:.1f} (n = {len(admitted):,})"
    )
    print(f"p99 at its upstream {upstream_p99:.1f}; p90 of the driver's lateness {late_s * 1000:.0f} ms")
    if late_s > LATE * service_s:
        return [
            f"the driver was late by {late_s / service_s:.2f} service times, so the real run decides nothing"
        ]
    wanted = [
        (goodput >= GOODPUT, f"goodput of the real run {goodput:.3f}, wanted {GOODPUT}"),
        (p99 <= SLOWEST, f"p99 of the real run {p99:.1f} × service, wanted {SLOWEST:g}"),
    ]
    return [line for held, line in wanted if not held]


if __name__ == "__main__":
    raise SystemExit(main())
