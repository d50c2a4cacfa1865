"""Whether the twin predicts what the lab measures: the same cells in both.

    python -m benchmarks.twin_against_lab [--runs 1000] [--only hedged]

A cell is a scenario at one rate under one policy. The lab makes one run of it; the twin plays twenty other seeds and
says in which band that run lies. Wanted are p50, p95 and p99 within 10% of the prediction or with an interval that
holds it; every measurement, and the goodput of every stretch of 2 s, within the 95% band in at least 90% of the cases;
and the same state at the end, stable or not, in 95% of the cells. Results are kept under out/, so that the command goes
on where it stopped; with `--runs` it makes at most so many runs and exits 3 before the last one. With `--only` it makes
and prints those cells whose name contains the word.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.wanted import exit_code
from harness.analyse.measure.columns import is_error
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
from harness.twin.prediction import Prediction, band, predict
from harness.twin.simulation import simulate

KEPT = Path(__file__).parents[1] / "out" / "twin_against_lab"
SEED, SEEDS, STRETCH_S, UNFINISHED = 1000, 20, 2.0, 3
PERCENTILES = ("latency.p50", "latency.p95", "latency.p99")
COMPARED = (*PERCENTILES, "goodput", "error_ratio", "amplification", "achieved_rate", "recovery")
NEAR, WITHIN, SAME_STATE = 0.10, 0.90, 0.95
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A scenario at one rate under one policy; `settings` are further overrides."""

    scenario: str
    policy: str
    rate_per_s: int
    duration_s: int
    settings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As it is printed, and the name of its file."""
        return f"{self.scenario} {self.policy} {self.rate_per_s}"

    @property
    def overrides(self) -> list[str]:
        """The overrides that make it."""
        phase = f"[{{rate_per_s={self.rate_per_s}, duration_s={self.duration_s}}}]"
        return [f"scenario.arrivals={phase}", *self.settings]


SLOW_WORKERS = ("upstream.service_time.value_s=0.1", "scenario.service={processes=1, threads=64}")
"""Eight workers of 100 ms serve 80 calls a second: an overload that a busy machine can offer, as in limiters.py."""
SLOW_SHARE = "upstream.fault=[{kind='slowdown', factor=10, ratio=0.05}]"
"""Of the attempts, 5% take ten times as long, as in hedging.py."""
STALL = "scenario.timeline=[{at_s=15, for_s=0.5, fault={kind='hang', ratio=0.5}}]"


def cells() -> list[Cell]:
    """A calm scenario, a tight pool, three scenarios with a fault; limiters in an overload; hedges of slow attempts."""
    found = [Cell("baseline", p, r, 20) for p in ("careful", "textbook") for r in (100, 200, 300, 360)]
    found += [
        Cell("retry-storm", p, r, 40)
        for p in ("storm-no-retries", "storm-three-retries", "storm-budget", "careful")
        for r in (60, 120, 180, 250)
    ]
    found += [Cell("brownout", p, r, 40) for p in ("careful", "textbook") for r in (100, 200)]
    found += [Cell("dependency-slowdown", p, r, 40) for p in ("careful", "textbook") for r in (40, 80, 120)]
    found += [
        Cell("pool-starvation", p, r, 20) for p in ("careful", "textbook", "stateless") for r in (20, 40)
    ]
    limiters = ("envoy-adaptive", "netflix-vegas", "netflix-gradient2")
    found += [Cell("baseline", p, 120, 40, SLOW_WORKERS) for p in limiters]
    found += [Cell("baseline", "hedged", r, 40, (SLOW_SHARE,)) for r in (83, 221)]
    found += [Cell("baseline", "hedged", 120, 40, (STALL,))]
    return found


def compared(cell: Cell) -> Found:
    """One cell in the lab and in the twin."""
    overrides = read_overrides(cell.overrides)
    written, policy = read_scenario(cell.scenario, overrides), read_policy(cell.policy)
    scenario = written.scenario.model_copy(update={"seed": SEED})
    record = run_plan(Plan(policy, scenario, written.upstream), KEPT / "runs")
    assert record.end is not None
    others = [scenario.model_copy(update={"seed": SEED + number}) for number in range(1, SEEDS + 1)]
    predicted = predict(policy, others[0], written.upstream, SEEDS)
    played = [simulate(policy, seeded, written.upstream).evidence.calls for seeded in others]
    stretches = np.stack([goodput(calls, scenario) for calls in played])
    bands = [band("goodput", stretch.tolist()) for stretch in stretches.T]
    measured = goodput(record.calls(), scenario)
    return {
        "measured": {n: _numbers(m) for n, m in record.end.measurements.items() if n in COMPARED},
        "predicted": {n: _numbers(m) for n, m in predicted.measurements.items() if n in COMPARED},
        "states": [_state(record.end.measurements.get("recovery")), _usual_state(predicted)],
        "stretches": len(measured),
        "stretches_within": sum(_holds(b, value) for b, value in zip(bands, measured, strict=True)),
    }


def goodput(calls: Any, scenario: Scenario) -> NDArray[np.float64]:
    """Good calls per second in each stretch of 2 s, by their ends, shape (stretches,)."""
    ended_s = calls["ended_s"].to_numpy(float)[~is_error(calls).to_numpy(bool)]
    edges = np.arange(0.0, scenario.duration_s + STRETCH_S / 2, STRETCH_S)
    return np.histogram(ended_s, edges)[0] / STRETCH_S


def _numbers(measured: Measurement) -> list[float | None]:
    if measured.name == "recovery" and measured.high is None:  # The time for which it was waited for.
        return [None, measured.low, None]
    return [measured.value, measured.low, measured.high]


def _state(recovery: Measurement | None) -> str:
    if recovery is None:
        return "untested"
    return "recovers" if recovery.high is not None else "does not recover"


def _usual_state(predicted: Prediction) -> str:
    """What most of the seeds come to."""
    ended = [each["recovery"] for each in predicted.values if "recovery" in each]
    if not ended:
        return "untested"
    return "recovers" if float(np.mean(np.isfinite(ended))) > 0.5 else "does not recover"


def _holds(measured: Measurement, value: float) -> bool:
    low = -np.inf if measured.low is None else measured.low
    high = np.inf if measured.high is None else measured.high
    return bool(low - 1e-9 <= value <= high + 1e-9)


def is_near(measured: list[float | None], predicted: list[float | None]) -> bool:
    """Whether a percentile is within 10% of the prediction, or has an interval that holds it; None is not reached."""
    value, low, high = measured
    if predicted[0] is None or value is None:
        return predicted[0] is None and value is None
    inside = (low is None or low <= predicted[0]) and (high is None or predicted[0] <= high)
    return inside or abs(value / predicted[0] - 1.0) <= NEAR


def is_within(measured: list[float | None], predicted: list[float | None]) -> bool:
    """Whether the measured value lies within the predicted band; None is without bound."""
    value = np.inf if measured[0] is None else measured[0]
    low = np.inf if predicted[1] is None else predicted[1]
    high = np.inf if predicted[2] is None else predicted[2]
    return bool(low * (1 - 1e-9) - 1e-9 <= value <= high * (1 + 1e-9) + 1e-9)


def _pairs(found: Found) -> Iterator[tuple[str, list[float | None], list[float | None]]]:
    for name, measured in found["measured"].items():
        if name in found["predicted"]:
            yield name, measured, found["predicted"][name]


def _report(rows: dict[Cell, Found]) -> int:
    """Prints each cell and the shares, and returns the exit code."""
    near, within, stretches, states = list[bool](), list[bool](), list[tuple[int, int]](), list[bool]()
    print(
        "| cell | p50 | p95 | p99 | outside the band | goodput of 2 s | state |\n|---|---|---|---|---|---|---|"
    )
    for cell, found in rows.items():
        pairs = list(_pairs(found))
        near += [is_near(m, p) for name, m, p in pairs if name in PERCENTILES]
        inside = {name: is_within(m, p) for name, m, p in pairs}
        within += inside.values()
        stretches.append((found["stretches_within"], found["stretches"]))
        states.append("untested" in found["states"] or found["states"][0] == found["states"][1])
        texts = [_text(m, p) for name, m, p in pairs if name in PERCENTILES]
        outside = ", ".join(name for name, holds in inside.items() if not holds) or "nothing"
        share = f"{found['stretches_within']} of {found['stretches']}"
        state = found["states"][0] if states[-1] else " against ".join(found["states"])
        print(f"| {cell.name} | {' | '.join(texts)} | {outside} | {share} | {state} |")
    ratios = {
        f"percentiles within {NEAR:.0%} or the interval": float(np.mean(near)),
        "measurements within the band": float(np.mean(within)),
        "goodput of 2 s within the band": sum(a for a, _ in stretches) / sum(b for _, b in stretches),
        "same state": float(np.mean(states)),
    }
    print(
        "\n"
        + "\n".join(f"{name}: {ratio:.1%}" for name, ratio in ratios.items())
        + f" (n = {len(rows)} cells)"
    )
    least = {name: SAME_STATE if name == "same state" else WITHIN for name in ratios}
    return exit_code(
        {f"{name}: at least {least[name]:.0%}": ratio >= least[name] for name, ratio in ratios.items()}
    )


def _text(measured: list[float | None], predicted: list[float | None]) -> str:
    texts = ["not reached" if v is None else f"{1e3 * v:.3g} ms" for v in (measured[0], predicted[0])]
    return f"{texts[0]} for {texts[1]}"


def main() -> int:
    """Makes what is missing and prints the table; 1 where a wanted figure is missed, 3 where runs are missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, help="make at most so many runs")
    parser.add_argument("--only", default="", help="cells whose name contains this word")
    options = parser.parse_args()
    most = options.runs
    KEPT.mkdir(parents=True, exist_ok=True)
    files = {
        cell: KEPT / f"{cell.name.replace(' ', '_')}.json" for cell in cells() if options.only in cell.name
    }
    missing = [cell for cell, file in files.items() if not file.exists()]
    for cell in missing[:most]:
        files[cell].write_text(json.dumps(compared(cell)), encoding="utf-8")
        print(f"  {cell.name}", flush=True)
    rows = {
        cell: json.loads(file.read_text(encoding="utf-8")) for cell, file in files.items() if file.exists()
    }
    code = _report(rows)
    return UNFINISHED if len(missing) > most else code


if __name__ == "__main__":
    sys.exit(main())
