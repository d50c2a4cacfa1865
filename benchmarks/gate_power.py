"""How often `p99(latency) < 1.2x baseline` is decided, and how often wrongly, on simulated runs of shipped scenarios.

    python -m benchmarks.gate_power --runs 2000

A baseline and a candidate have the same arrivals and fates, and the scenario's length (`benchmarks.gate_systems`). The
machine makes all calls of a run slower or faster by a factor of its own, e to the power of so many percent times a
normal; how large this effect is usually is *assumed*, or *measured* from six runs, as `surgeline doctor` does.

- *same services*: each call of the candidate takes as long as in the baseline (equal), 1.2 or 1.5 times as long;
- *drawn anew*: the same, but service times have nothing in common with the baseline's;
- *services slower*: they take so many times as long and queue longer. The limit is the ratio of the same seed's p99,
  the mean of further runs, so that each decision is wrong.

Exits 1 where a wanted figure is missed significantly (99%, Holm's correction): an equal candidate with
the same services passes ≥ 95%, one 1.5 times as slow fails ≥ 90%, where the effect is at most 2%; no equal candidate
fails > 5%; at the limit a pass and a failure are each ≤ 5%, where the effect is at most 2% or measured. Cells are kept
under out/.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from scipy.stats import binom

from benchmarks.gate_systems import READ_S, SYSTEMS, Calls, Fates, Floats, System, fates, simulate
from benchmarks.simulated_cells import SIGNIFICANT, Made, cells
from harness.analyse.compare.paired_ratio import kept_stretches, paired_ratio
from harness.analyse.compare.run_effect import effect_of
from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import counted_in, percentile_s
from harness.analyse.measure.threshold_measurements import breaking_confidence, measure_threshold, sides_of
from harness.analyse.stats.intervals import Sides
from harness.analyse.stats.quantiles import quantile_of
from harness.model.baseline import Baseline, Reference
from harness.model.run_effect import ASSUMED, RunEffect
from harness.model.slo import parse
from harness.model.verdict import Measurement
from surgeline.commands.gate import USUAL

SAME, SERVICES_SLOWER, DRAWN_ANEW = "same services", "services slower", "drawn anew"
THRESHOLD = parse(USUAL[0])
LIMIT, TIMES = 1.2, (1.0, 1.2, 1.5)
EFFECTS = ((0.0, "assumed"), (0.02, "assumed"), (0.02, "measured"), (0.05, "assumed"), (0.05, "measured"))
DOCTOR_RUNS, TRUTH_RUNS = 6, 4
SLOWER = {"dependency-slowdown": 1.2, "seasonal-peak": 1.06, "baseline": 1.12}
"""By scenario: how much longer services take for a p99 about 1.2 times as long."""
PASSES, FAILS, WRONG = 0.95, 0.90, 0.05
AT_ONCE = 250
SOURCES = (
    "benchmarks/gate_power.py", "benchmarks/gate_systems.py", "harness/analyse/compare/paired_ratio.py",
    "harness/analyse/compare/paired_differences.py",
)  # fmt: skip


def made(name: str, runs: int) -> Made:
    """Of one cell: by machine effect and by how many times as slow the candidate is, how many passed and failed."""
    scenario, kind = name.split(" | ")
    system, rng = SYSTEMS[scenario], np.random.default_rng([7, len(name)])
    count = 1 if kind == SERVICES_SLOWER else len(TIMES)
    passed, failed = np.zeros((2, len(EFFECTS), count), dtype=int)
    for start in range(1000, 1000 + runs, AT_ONCE):
        seeds = range(start, min(1000 + runs, start + AT_ONCE))
        for _, baseline, now, true in pairs_of(system, seeds, kind, rng):
            scales = np.array((LIMIT / true,) if kind == SERVICES_SLOWER else TIMES)
            assumed = ratio_of(baseline, now, ASSUMED)
            for i, (effect, how) in enumerate(EFFECTS):
                seen = assumed if how == "assumed" else ratio_of(baseline, now, _measured(effect, rng))
                factors = scales * np.exp(np.sqrt(2.0) * effect * rng.normal())
                passed[i] += seen.high is not None and seen.high * factors < LIMIT
                failed[i] += seen.low is not None and seen.low * factors >= LIMIT
    return {"name": name, "passed": passed.tolist(), "failed": failed.tolist()}


def _measured(effect: float, rng: np.random.Generator) -> RunEffect:
    return effect_of(np.exp(effect * rng.normal(size=DOCTOR_RUNS)).tolist())


def pairs_of(
    system: System, seeds: range, kind: str, rng: np.random.Generator
) -> Iterator[tuple[Evidence, Baseline, Evidence, float]]:
    """Of each seed a run, the same as a baseline, a candidate, and the ratio that further runs have."""
    known = fates(system, seeds)
    slower = SLOWER[system.scenario.name] if kind == SERVICES_SLOWER else 1.0
    before = simulate(system, known, rng)
    now = simulate(system, known, rng, slower, redrawn=kind == DRAWN_ANEW)
    true = _true_ratios(system, known, slower, rng) if kind == SERVICES_SLOWER else np.ones(len(seeds))
    for lane, ratio in enumerate(true):
        run = _evidence(system, before, lane)
        yield run, _baseline(run), _evidence(system, now, lane), float(ratio)


def _true_ratios(system: System, known: Fates, slower: float, rng: np.random.Generator) -> Floats:
    """The geometric mean over further runs of each seed, shape (runs,)."""
    logs = np.zeros(len(known.arrived_s))
    for _ in range(TRUTH_RUNS):
        logs += _p99(system, simulate(system, known, rng, slower)) - _p99(
            system, simulate(system, known, rng)
        )
    return np.exp(logs / TRUTH_RUNS)


def _p99(system: System, calls: Calls) -> Floats:
    """The logarithm of each run's p99."""
    lanes = range(len(calls.due_s))
    values = (percentile_s(_evidence(system, calls, lane).counted, "latency") for lane in lanes)
    finite = system.scenario.slo.failed_calls == "apart"
    ordered = (np.sort(v[np.isfinite(v)] if finite else v) for v in values)
    return np.log([quantile_of(each, 0.99) for each in ordered])


def _evidence(system: System, calls: Calls, lane: int) -> Evidence:
    """One run, with the SLO's thresholds and the usual ones of the gate."""
    due_s, took_s = calls.due_s[lane], calls.took_s[lane]
    there = np.argsort(due_s)[: np.count_nonzero(np.isfinite(due_s))]
    failed = np.isinf(took_s[there])
    latency_s = np.where(failed, READ_S, took_s[there])
    frame = {
        "scheduled_s": due_s[there],
        "ended_s": due_s[there] + latency_s,
        "latency_s": latency_s,
        "outcome": np.where(failed, "status", "ok"),
    }
    scenario, none = system.scenario, pd.DataFrame()
    every = (*scenario.slo.thresholds, *USUAL)
    return Evidence(
        policy="careful",
        scenario=scenario.name,
        seed=1,
        slo=scenario.slo.model_copy(update={"thresholds": every}),
        duration_s=scenario.duration_s,
        calls=pd.DataFrame(frame),
        attempts=none,
        pool=none,
        driver=none,
        served=none,
        changes_s=tuple(scenario.changes_s),
        schedule="simulated",
    )


def _baseline(run: Evidence) -> Baseline:
    return Baseline(
        scenario=run.scenario,
        policy=run.policy,
        seed=run.seed,
        run="simulated",
        made_at=datetime.now(UTC),
        machine={},
        measurements={THRESHOLD.measurement: _value_of(run)},
        stretches=kept_stretches(run),
    )


def measured_of(run: Evidence) -> Measurement:
    """The p99 of a run, with the confidence that the gate needs of it."""
    found = measure_threshold(THRESHOLD, [run], _sides(run))
    assert found is not None
    return found


def _sides(run: Evidence) -> Sides:
    return sides_of(THRESHOLD, breaking_confidence(run))


def ratio_of(baseline: Baseline, run: Evidence, usual: RunEffect) -> Measurement:
    """What decides the threshold against the baseline; without bounds where the runs cannot be paired."""
    value = _value_of(run)
    return paired_ratio(THRESHOLD, value, run, Reference(baseline, usual), _sides(run)) or value


def _value_of(run: Evidence) -> Measurement:
    """The p99 alone: the interval of a pair does not need those of its runs."""
    calls = counted_in(run.counted, "latency", run.slo.failed_calls)
    value = quantile_of(np.sort(percentile_s(calls, "latency")), 0.99)
    return Measurement(name=THRESHOLD.measurement, value=value, unit="s", n=len(calls), low=None, high=None)


def wanted(cell: Made, runs: int) -> Iterator[tuple[str, float]]:
    """Each figure that is wanted of a cell, with the chance to miss it by as much if it were just held."""
    kind = cell["name"].partition(" | ")[2]
    for (effect, how), passed, failed in zip(EFFECTS, cell["passed"], cell["failed"], strict=True):
        where = f"{cell['name']}, effect {effect:.0%} {how}"
        at_limit = 0 if kind == SERVICES_SLOWER else TIMES.index(LIMIT)
        if effect <= 0.02 or how == "measured":
            for word, counts in (("pass", passed), ("fail", failed)):
                yield f"{where}: {word} at the limit", float(binom.sf(counts[at_limit] - 1, runs, WRONG))
        if kind != SERVICES_SLOWER:
            yield f"{where}: an equal candidate fails", float(binom.sf(failed[0] - 1, runs, WRONG))
        if kind == SAME and effect <= 0.02 and how == "assumed":
            yield f"{where}: an equal candidate passes", float(binom.cdf(passed[0], runs, PASSES))
            yield f"{where}: 1.5 times as slow fails", float(binom.cdf(failed[-1], runs, FAILS))


def missed(chances: list[tuple[str, float]]) -> list[str]:
    """The figures that are missed significantly, by Holm's procedure."""
    found = []
    for tested, (figure, chance) in enumerate(sorted(chances, key=lambda each: each[1])):
        if chance > SIGNIFICANT / (len(chances) - tested):
            break
        found.append(figure)
    return found


def _lines(cell: Made, runs: int) -> Iterator[str]:
    scenario, kind = cell["name"].split(" | ")
    for (effect, how), passed, failed in zip(EFFECTS, cell["passed"], cell["failed"], strict=True):
        shares = [f"{p / runs:.1%} / {f / runs:.1%}" for p, f in zip(passed, failed, strict=True)]
        shares = ["", *shares, ""] if kind == SERVICES_SLOWER else shares
        yield f"| {scenario} | {kind} | {effect:.0%}, {how} | {' | '.join(shares)} |"


def main() -> int:
    """Prints the table; 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    runs = parser.parse_args().runs
    names = [f"{scenario} | {kind}" for kind in (SAME, SERVICES_SLOWER, DRAWN_ANEW) for scenario in SYSTEMS]
    found = cells("gate_power", made, names, runs, SOURCES)
    print("| scenario | candidate | machine effect | equal: pass / fail | at the limit | 1.5 times as slow |")
    print("|---|---|---|---|---|---|")
    chances = list[tuple[str, float]]()
    for cell in found:
        print("\n".join(_lines(cell, runs)))
        chances += wanted(cell, runs)
    failures = missed(chances)
    print(f"\n{len(chances)} figures of {runs:,} pairs of runs each: {len(failures)} missed")
    for failure in failures:
        print(f"missed: {failure}")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
