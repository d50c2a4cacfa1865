"""What a safe operating range costs and how often it is safe, beside plain bisection, on simulated systems.

    python -m benchmarks.range_cost --systems 500
    python -m benchmarks.range_cost --systems 200 --queue --within 0.03

Every system's true boundary is known from very long simulations. Both methods see the same kind of trials: calls that
arrive from an empty system. Plain bisection believes each trial of 15 s: it doubles until a trial's p99 is beyond the
limit, halves the bracket until it is 3% wide, and reports the highest rate that passed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.range_systems import ALLOWED, KINDS, Floats, System, boundaries, latencies, systems
from harness.analyse.range.early_stop import backlog_is_unbounded
from harness.analyse.range.step_controller import Found, Pace, next_step
from harness.analyse.range.trial import expected_bad, worth_of
from harness.model.quantile import quantile
from harness.model.range import Probe, Trial

Step = Callable[[Sequence[Trial], Pace], Probe | Found]
PLAIN_S, PLAIN_WIDTH = 15.0, 1.03
NEAR = 0.93
QUEUE = System("M/D/c", workers=8, service_s=0.020, limit_s=0.100)
"""That of docs/reference/known-answers.md."""


@dataclass(frozen=True)
class Outcome:
    """What one search found: `share` is the claimed limit as a share of the true one, NaN for no claim."""

    system: System
    share: float
    load_s: float
    trials: int


def trial(probe: Probe, system: System, arrived_s: Floats, seconds: Floats) -> Trial:
    """A simulated trial as the search sees a real one, cut short when its backlog grows without bound."""
    real = np.isfinite(seconds)
    arrived_s, seconds = arrived_s[real], seconds[real]
    whole_s = probe.warmup_s + probe.counted_s
    ticks = np.arange(1.0, whole_s)
    in_flight = np.searchsorted(arrived_s, ticks) - np.searchsorted(np.sort(arrived_s + seconds), ticks)
    lost = (
        k
        for k in range(len(ticks))
        if backlog_is_unbounded(in_flight[: k + 1].tolist(), probe.rate_per_s, system.limit_s)
    )
    stop_s = next((float(ticks[k]) for k in lost), whole_s)
    counted = seconds[(arrived_s >= min(probe.warmup_s, stop_s - 1)) & (arrived_s < stop_s)]
    return Trial(
        purpose=probe.purpose,
        rate_per_s=probe.rate_per_s,
        load_s=stop_s,
        n=len(counted),
        bad_ratio=expected_bad(counted, system.limit_s, ALLOWED) if len(counted) else 0.0,
        allowed_ratio=ALLOWED,
        effective_n=worth_of(counted, system.limit_s, ALLOWED),
        limit_s=system.limit_s,
        cut_short="unbounded backlog" if stop_s < whole_s else "",
    )


def plain(trials: Sequence[Trial], pace: Pace) -> Probe | Found:
    """Plain bisection's next step."""
    passed = max((t.rate_per_s for t in trials if not t.breaks), default=0.0)
    broken = min((t.rate_per_s for t in trials if t.breaks), default=0.0)
    if broken and passed and broken / passed <= PLAIN_WIDTH:
        return Found("bounded", passed)
    rate = (broken + passed) / 2 if broken else passed * 2 or pace.first_rate_per_s
    return Probe(purpose="bisect", rate_per_s=rate, warmup_s=pace.warmup_s, counted_s=PLAIN_S)


def search(
    found: Sequence[System], truth: Floats, step: Step, seed: int, within: float = 0.0
) -> list[Outcome]:
    """Every system's search, all of them in step; a search begins at 10% to 60% of the capacity."""
    rng = np.random.default_rng(seed)
    first = np.exp(rng.uniform(np.log(0.1), np.log(0.6), len(found)))
    paces = [Pace(share * s.capacity_per_s, within=within) for share, s in zip(first, found, strict=True)]
    trials: list[list[Trial]] = [[] for _ in found]
    ends: dict[int, Found] = {}
    while len(ends) < len(found):
        steps = {i: step(trials[i], paces[i]) for i in range(len(found)) if i not in ends}
        ends |= {i: end for i, end in steps.items() if isinstance(end, Found)}
        probes = {i: probe for i, probe in steps.items() if isinstance(probe, Probe)}
        if probes:
            for i, made in _made(probes, found, rng).items():
                trials[i].append(made)
    return [_outcome(s, t, trials[i], ends[i]) for i, (s, t) in enumerate(zip(found, truth, strict=True))]


def _made(probes: dict[int, Probe], found: Sequence[System], rng: np.random.Generator) -> dict[int, Trial]:
    lanes = [found[i] for i in probes]
    rates = np.array([probe.rate_per_s for probe in probes.values()])
    lengths_s = np.array([probe.warmup_s + probe.counted_s for probe in probes.values()])
    arrived_s, seconds = latencies(lanes, rates, lengths_s, rng)
    return {
        i: trial(probe, found[i], arrived_s[:, lane], seconds[:, lane])
        for lane, (i, probe) in enumerate(probes.items())
    }


def _outcome(system: System, truth: float, trials: Sequence[Trial], end: Found) -> Outcome:
    share = end.rate_per_s / truth if end.kind in {"bounded", "open"} else float("nan")
    return Outcome(system, share, sum(t.load_s for t in trials), len(trials))


def summary(name: str, outcomes: Sequence[Outcome]) -> str:
    """One row of the table: claimed, safe with its 95% interval, quantiles of the share, load."""
    shares = np.array([o.share for o in outcomes])
    loads = np.array([o.load_s for o in outcomes])
    claimed = shares[np.isfinite(shares)]
    safe, n = float(np.mean(claimed <= 1)), len(claimed)
    half = 1.96 * np.sqrt(safe * (1 - safe) / n)
    near = float(np.mean((claimed >= NEAR) & (claimed <= 1)))
    p10, p50 = (quantile(claimed, share) for share in (0.1, 0.5))
    return (
        f"| {name} | {n} of {len(outcomes)} | {safe:.1%} ± {half:.1%} | {near:.0%} | {p50:.3f} | {p10:.3f} "
        f"| {np.max(claimed):.3f} | {np.median(loads):.0f} s | {quantile(loads, 0.9):.0f} s |"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--systems", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--queue", action="store_true", help="search one queue of 8 × 20 ms as many times")
    parser.add_argument("--within", type=float, default=0.0, help="as surgeline range --within, as a share")
    options = parser.parse_args()
    rng, began = np.random.default_rng(options.seed), time.monotonic()
    if options.queue:
        found, truth = [QUEUE] * options.systems, boundaries([QUEUE], rng).repeat(options.systems)
    else:
        found = systems(options.systems, rng)
        truth = boundaries(found, rng)
    print(
        "| method, systems | claimed | safe | 0.93 – 1 | median share | p10 | largest | load, median | load, p90 |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, step in (("surgeline range", next_step), ("plain bisection", plain)):
        outcomes = search(found, truth, step, options.seed, options.within)
        print(summary(f"{name}, all", outcomes))
        for kind in KINDS if not options.queue else ():
            print(summary(f"{name}, {kind}", [o for o in outcomes if o.system.kind == kind]))
    print(f"\n{len(found)} systems, seed {options.seed}, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
