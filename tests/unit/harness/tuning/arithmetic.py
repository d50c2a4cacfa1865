"""A twin of arithmetic: objectives that follow from settings by formulas, with the same noise for all policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.tuning import AMPLIFICATION, GOODPUT, LATENCY, Knob, Settings, TuneSpec
from harness.tuning.trial import TwinTrial

READ = Knob(key="timeout.read_s", low=0.1, high=10.0, log=True)
RETRIES = Knob(key="retry.total", low=0, high=5, whole=True)
POOL = Knob(key="adapter.pool_maxsize", low=1, high=100, whole=True)
SEEDS, LIMIT = 5, "p99(latency) < 1s"
Formula = Callable[[Mapping[str, float]], tuple[float, float, float]]
"""Goodput, latency and amplification of settings, where those that are not changed have the value 8, 4 and 20."""


def played(many: Sequence[Settings], formula: Formula | None = None) -> list[TwinTrial]:
    """The trials of these settings."""
    noise = np.random.default_rng(7).normal(0.0, 1.0, SEEDS)
    return [_trial(settings, formula or textbook, noise) for settings in many]


def textbook(values: Mapping[str, float]) -> tuple[float, float, float]:
    """A shorter timeout gains goodput down to 0.5 s, retries cost attempts, and the pool does nothing."""
    read_s, retries = values["timeout.read_s"], values["retry.total"]
    goodput = 150.0 - 10.0 * abs(np.log(read_s / 0.5)) + 2.0 * min(retries, 1)
    return goodput, 0.020 + 0.005 * retries, 1.0 + 0.1 * retries


def _trial(settings: Settings, formula: Formula, noise: np.ndarray) -> TwinTrial:
    values = {"timeout.read_s": 8.0, "retry.total": 4, "adapter.pool_maxsize": 20, **settings}
    goodput, latency_s, amplification = formula(values)
    return TwinTrial(
        settings,
        tuple(
            {
                GOODPUT.name: goodput + each,
                LATENCY.name: latency_s * (1.0 + 0.01 * each),
                AMPLIFICATION.name: amplification + 0.001 * each,
                "latency.p99": 0.3 if values["timeout.read_s"] < 2.0 else 3.0,
                LIMIT: 0.0 if values["timeout.read_s"] < 2.0 else 2.0,
            }
            for each in noise
        ),
    )


def spec(**changes: object) -> TuneSpec:
    """A search from textbook under dependency-slowdown, with one threshold that only short timeouts keep."""
    written = read_scenario("dependency-slowdown")
    slo = written.scenario.slo.model_copy(update={"thresholds": (LIMIT,), "failed_calls": "late"})
    given = {
        "policy": read_policy("textbook"),
        "scenario": written.scenario.model_copy(update={"slo": slo}),
        "upstream": written.upstream,
        "knobs": (READ, RETRIES, POOL),
        "trials": 16,
        "seeds": SEEDS,
        "confirm": 2,
    }
    return TuneSpec.model_validate({**given, **changes})
