"""What a safe operating range costs and how often it is safe, on simulated systems whose truth is known.

    python -m benchmarks.range_cost                     # twelve families, the claim for 60 s
    python -m benchmarks.range_cost --soak              # the same, the claim for ten minutes
    python -m benchmarks.range_cost --within 0.03       # soft knees with `--within 3%`
    python -m benchmarks.range_cost --plain             # plain bisection instead, for comparison

A claim is safe when the SLO holds at the claimed rate: for soft knees in the long run, by the boundary of very long
simulations; for the other families in half or more of further runs of the horizon, by their simulation. The band below
must hold as well: at a rate chosen from it at random and, in the family that is broken between two rates, at all of
them. `high` is right when the SLO breaks there, or at a lower rate. "Fresh runs kept" is the share of further runs of
the horizon at the claimed rates that kept the SLO.

Exits with 1 where a wanted figure is missed: a share of safe claims that is significantly below 95% (at 1%, Holm's
correction over the families and both sides of the claim), or, on soft knees, the median share of the truth or load.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.stats import binom

from benchmarks.range_systems import (
    ALLOWED,
    BROKEN,
    FAMILIES,
    SOFT,
    STALL_S,
    STALLED,
    Floats,
    System,
    bad_shares,
    boundaries,
    lag_s,
    latencies,
    systems,
)
from harness.analyse.evidence import Evidence
from harness.analyse.range.conclusion import bands_of, limit_of
from harness.analyse.range.early_stop import backlog_is_unbounded, served_under_backlog
from harness.analyse.range.step_controller import Found, Pace, next_step
from harness.analyse.range.trial import expected_bad, trial_of, worth_of
from harness.model.quantile import quantile
from harness.model.range import Limit, Probe, Trial
from harness.model.slo import Slo

Step = Callable[[Sequence[Trial], Pace], Probe | Found]
PLAIN_S, PLAIN_WIDTH = 15.0, 1.03
SAFE, LEVEL = 0.95, 0.01
OVERLOAD = 1.2
"""At so many times its capacity no system holds."""
HORIZON_S, SOAK_S = 60.0, 600.0
SOFT_WANTED = {False: (0.95, 110.0), True: (0.97, 160.0)}
"""With `--within` or not: the least median share of the truth, and the most median seconds of load, on soft knees."""
QUEUE = System("M/D/c", workers=8, service_s=0.020, limit_s=0.100)
"""That of docs/reference/known-answers.md."""


@dataclass
class Outcome:
    """What one search ended with, and what is true of it; `share` is the claim as a share of the boundary."""

    system: System
    kind: str
    limit: Limit | None
    lowest: float
    trials: list[Trial] = field(repr=False)
    share: float = float("nan")
    safe: bool = False
    high_is_right: bool = False
    kept: float = float("nan")

    @property
    def load_s(self) -> float:
        """Seconds of load of the search."""
        return sum(t.load_s for t in self.trials)


def trial(probe: Probe, system: System, arrived_s: Floats, seconds: Floats) -> Trial:
    """A simulated trial as the search sees a real one, cut short when its backlog grows without bound."""
    whole_s = probe.warmup_s + probe.counted_s
    ticks = np.arange(1.0, whole_s)
    ended_s = np.sort(arrived_s + np.where(np.isinf(seconds), 0.0, seconds))  # A failed call ends at once.
    in_flight = np.searchsorted(arrived_s, ticks) - np.searchsorted(ended_s, ticks)
    lost = (
        k
        for k in range(len(ticks))
        if backlog_is_unbounded(in_flight[: k + 1].tolist(), probe.rate_per_s, system.limit_s)
    )
    stop_s = next((float(ticks[k]) for k in lost), whole_s)
    if system.stalls:
        return _stalled(probe, system, arrived_s, seconds, stop_s)
    counted = seconds[(arrived_s >= min(probe.warmup_s, stop_s - 1)) & (arrived_s < stop_s)]
    return Trial(
        purpose=probe.purpose,
        rate_per_s=probe.rate_per_s,
        load_s=stop_s,
        n=len(counted),
        seen_ratio=float(np.mean(counted > system.limit_s)) if len(counted) else 0.0,
        bad_ratio=expected_bad(counted, system.limit_s, ALLOWED) if len(counted) else 0.0,
        allowed_ratio=ALLOWED,
        effective_n=worth_of(counted, system.limit_s, ALLOWED),
        limit_s=system.limit_s,
        cut_short="unbounded backlog" if stop_s < whole_s else "",
        counted_s=stop_s - min(probe.warmup_s, stop_s - 1),
        served_per_s=served_under_backlog(arrived_s, ended_s, stop_s, probe.rate_per_s, system.limit_s),
    )


def _stalled(probe: Probe, system: System, arrived_s: Floats, seconds: Floats, stop_s: float) -> Trial:
    """The same on a machine that stalls, reduced like a real run: heartbeats are late where calls were sent late.

    With stalls in deep queues, they are late without a reason in nine tenths of the seconds that have a late call.
    """
    lag = lag_s(system, arrived_s)
    if system.stalls == "deep":
        deep = np.unique(arrived_s[seconds > system.limit_s].astype(int)) + 0.9
        noted_s = deep[(deep * 7).astype(int) % 10 > 0]
    else:
        noted_s = np.unique((arrived_s + lag)[lag > 0]) + 0.1
    at_s = np.arange(0.2, stop_s, 0.2)
    near = np.searchsorted(np.sort(noted_s), at_s) - np.searchsorted(np.sort(noted_s), at_s - 0.2)
    late_s = np.where(near > 0, STALL_S, 0.001)
    there = arrived_s < stop_s
    calls = pd.DataFrame(
        {
            "scheduled_s": arrived_s,
            "latency_s": seconds,
            "ended_s": arrived_s + seconds,
            "schedule_lag_s": lag,
        }
    )[there].assign(outcome="ok", route="/", method="GET", attempts=1, thread_wait_s=0.0)
    empty = pd.DataFrame({"actual_delay_s": [], "intended_delay_s": [], "arrived_s": []}, dtype=float)
    evidence = Evidence(
        policy="",
        scenario="",
        seed=0,
        slo=Slo(
            warmup_s=min(probe.warmup_s, stop_s - 1), thresholds=(f"p99(latency) < {system.limit_s:.6f}s",)
        ),
        duration_s=stop_s,
        calls=calls,
        attempts=empty,
        pool=empty,
        driver=pd.DataFrame({"at_s": at_s, "late_s": late_s, "cpu_ratio": 0.3}),
        served=empty,
    )
    early = "unbounded backlog" if stop_s < probe.warmup_s + probe.counted_s else ""
    return trial_of(evidence, probe, "r", stop_s, early)


def plain(trials: Sequence[Trial], pace: Pace) -> Probe | Found:
    """Plain bisection's next step: it believes each trial of 15 s, and halves the bracket until it is 3% wide."""
    passed = max((t.rate_per_s for t in trials if not t.breaks), default=0.0)
    broken = min((t.rate_per_s for t in trials if t.breaks), default=0.0)
    if broken and passed and broken / passed <= PLAIN_WIDTH:
        return Found("bounded", passed)
    rate = (broken + passed) / 2 if broken else passed * 2 or pace.first_rate_per_s
    return Probe(purpose="bisect", rate_per_s=rate, warmup_s=pace.warmup_s, counted_s=PLAIN_S)


def search(found: Sequence[System], step: Step, rng: np.random.Generator, **pace: float) -> list[Outcome]:
    """Every system's search, all of them in step; a search begins at 10% to 60% of the capacity."""
    first = np.exp(rng.uniform(np.log(0.1), np.log(0.6), len(found)))
    paces = [
        Pace(share * s.capacity_per_s, **pace)  # type: ignore[arg-type]
        for share, s in zip(first, found, strict=True)
    ]
    trials: list[list[Trial]] = [[] for _ in found]
    ends: dict[int, Found] = {}
    while len(ends) < len(found):
        steps = {i: step(trials[i], paces[i]) for i in range(len(found)) if i not in ends}
        ends |= {i: end for i, end in steps.items() if isinstance(end, Found)}
        _make({i: probe for i, probe in steps.items() if isinstance(probe, Probe)}, found, trials, rng)
    return [_outcome(s, trials[i], ends[i], step is plain, paces[i].horizon_s) for i, s in enumerate(found)]


def _make(
    probes: dict[int, Probe], found: Sequence[System], trials: list[list[Trial]], rng: np.random.Generator
) -> None:
    if not probes:
        return
    numbers = list(probes)
    rates = np.array([probe.rate_per_s for probe in probes.values()])
    lengths_s = np.array([probe.warmup_s + probe.counted_s for probe in probes.values()])
    for lane, arrived_s, seconds in latencies([found[i] for i in numbers], rates, lengths_s, rng):
        i = numbers[lane]
        trials[i].append(trial(probes[i], found[i], arrived_s, seconds))


def _outcome(system: System, trials: list[Trial], end: Found, is_plain: bool, horizon_s: float) -> Outcome:
    if is_plain:
        return Outcome(
            system, end.kind, Limit(value=end.rate_per_s, low=end.rate_per_s, high=None), 0.0, trials
        )
    limit = limit_of(trials, end, horizon_s) if end.kind in {"bounded", "open"} else None
    lowest = min((band.from_per_s for band in bands_of(trials, limit, None)), default=0.0)
    return Outcome(system, end.kind, limit, lowest, trials)


def judge(
    outcomes: Sequence[Outcome], horizon_s: float, rng: np.random.Generator, known: Floats | None
) -> None:
    """Fills in what is true of each claim; `known` are the boundaries of soft knees."""
    made = [i for i, outcome in enumerate(outcomes) if outcome.limit is not None]
    claims = [outcomes[i] for i in made]
    lanes = [replace(claim.system, stalls="") for claim in claims]
    limits = np.array([claim.limit.value for claim in claims if claim.limit])
    highs = np.array([claim.limit.high or np.inf for claim in claims if claim.limit])
    lowest = np.array([claim.lowest for claim in claims])
    kept = bad_shares(lanes, limits, horizon_s, 4, rng) <= ALLOWED
    inside = _median_share(lanes, lowest + rng.random(len(claims)) * (limits - lowest), horizon_s, rng)
    if known is not None:
        safe, right = limits <= known[made], highs >= known[made]
        for claim, share in zip(claims, limits / known[made], strict=True):
            claim.share = float(share)
    else:
        safe = _median_share(lanes, limits, horizon_s, rng) <= ALLOWED
        most = OVERLOAD * np.array([lane.capacity_per_s for lane in lanes])
        right = _median_share(lanes, np.minimum(highs, most), horizon_s, rng) > ALLOWED
        right |= np.array(
            [
                _broken_between(lane, *ends)
                for lane, ends in zip(lanes, zip(limits, highs, strict=True), strict=True)
            ]
        )
    for i, claim in enumerate(claims):
        whole = not _broken_between(claim.system, claim.lowest, float(limits[i]))
        claim.safe, claim.high_is_right = bool(safe[i] and inside[i] <= ALLOWED and whole), bool(right[i])
        claim.kept = float(kept[i].mean())


def _broken_between(system: System, low: float, high: float) -> bool:
    return system.broken > 0 and low < BROKEN[1] and high > BROKEN[0]


def _median_share(
    lanes: Sequence[System], rates: Floats, horizon_s: float, rng: np.random.Generator
) -> Floats:
    """The median over runs of the horizon: 3 of them, or up to 33 where these leave a doubt."""
    shares = bad_shares(lanes, rates, horizon_s, 3, rng)
    medians: Floats = np.median(shares, axis=1)
    near = [i for i in range(len(lanes)) if shares[i].min() <= ALLOWED < shares[i].max()]
    if near:
        more = bad_shares(
            [lanes[i] for i in near], rates[near], horizon_s, max(6, round(1800 / horizon_s)), rng
        )
        medians[near] = np.median(np.concatenate([shares[near], more], axis=1), axis=1)
    return medians


def summary(name: str, outcomes: Sequence[Outcome]) -> str:
    """One row of the table."""
    claims = [o for o in outcomes if o.limit is not None]
    kinds = [o.kind for o in outcomes if o.limit is None]
    others = ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    claimed = f"{len(claims)} of {len(outcomes)}" + (f" ({others})" if others else "")
    truths = ["–"] * 5
    if claims:
        truths[:2] = _share([o.safe for o in claims]), _share([o.high_is_right for o in claims])
        truths[2] = f"{np.mean([o.kept for o in claims]):.1%}"
    shares = np.array([o.share for o in claims if np.isfinite(o.share)])
    if len(shares):
        truths[3:] = f"{np.median(shares):.3f}", f"{quantile(shares, 0.1):.3f}"
    loads = np.array([o.load_s for o in outcomes])
    return f"| {name} | {claimed} | {' | '.join(truths)} | {np.median(loads):.0f} s | {quantile(loads, 0.9):.0f} s |"


def _share(yes: Sequence[bool]) -> str:
    share, n = float(np.mean(yes)), len(yes)
    return f"{share:.1%} ± {1.96 * np.sqrt(share * (1 - share) / n):.1%}"


def missed(found: dict[str, list[Outcome]], soft_wanted: tuple[float, float] | None) -> list[str]:
    """The wanted figures that are missed, as lines."""
    lines, chances = [], {}
    for family, outcomes in found.items():
        claims = [o for o in outcomes if o.limit is not None]
        for side, right in (("safe", [o.safe for o in claims]), ("high", [o.high_is_right for o in claims])):
            chances[f"{family}, {side}: {_share(right)}"] = float(binom.cdf(sum(right), len(right), SAFE))
        if family in SOFT and soft_wanted:
            share_wanted, load_wanted_s = soft_wanted
            share, load_s = (
                float(np.median(v)) for v in ([o.share for o in claims], [o.load_s for o in outcomes])
            )
            lines += [f"{family}: median share {share:.3f} < {share_wanted}"] * (share < share_wanted)
            lines += [f"{family}: median load {load_s:.0f} s > {load_wanted_s:.0f} s"] * (
                load_s > load_wanted_s
            )
    for rank, (cell, chance) in enumerate(sorted(chances.items(), key=lambda item: item[1])):
        if chance > LEVEL / (len(chances) - rank):
            break
        lines.append(f"{cell} is significantly below {SAFE:.0%}")
    return lines


def main() -> None:
    """Prints the table, and exits with 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--systems", type=int, default=200, help="of each family")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--families", nargs="*", default=FAMILIES)
    parser.add_argument("--plain", action="store_true", help="plain bisection, of which nothing is wanted")
    parser.add_argument("--soak", action="store_true", help="as surgeline range --soak 10m")
    parser.add_argument("--within", type=float, default=0.0, help="as surgeline range --within, as a share")
    parser.add_argument("--queue", action="store_true", help="search one queue of 8 × 20 ms as many times")
    options = parser.parse_args()
    began = time.monotonic()
    horizon_s = SOAK_S if options.soak else HORIZON_S
    pace = {"within": options.within, "horizon_s": horizon_s}
    step = plain if options.plain else next_step
    families = ["M/D/c"] if options.queue else [f for f in FAMILIES if f in options.families]
    print(
        f"| family | with a limit | safe for {horizon_s:.0f} s | `high` is right | fresh runs kept "
        "| median share of the truth | p10 | load, median | load, p90 |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    found = {}
    for family in families:
        rng = np.random.default_rng([options.seed, FAMILIES.index(family)])
        made = [QUEUE] * options.systems if options.queue else systems(family, options.systems, rng)
        known = boundaries(made, rng) if family in {*SOFT, *STALLED} else None
        found[family] = search(made, step, rng, **pace)
        judge(found[family], horizon_s, rng, known)
        print(summary(family, found[family]), flush=True)
    print(
        f"\n{options.systems} systems of each family, seed {options.seed}, {time.monotonic() - began:.0f} s"
    )
    lines = [] if options.plain else missed(found, None if options.soak else SOFT_WANTED[options.within > 0])
    print(
        "\n".join(
            ["", *(f"missed: {line}" for line in lines)] if lines else ["", "every wanted figure is reached"]
        )
    )
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
