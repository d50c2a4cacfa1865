"""Evidence made of numbers, for tests that need no run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.analyse.evidence import Evidence
from harness.model.baseline import Baseline, KeptStretches, Reference
from harness.model.slo import Slo
from harness.model.verdict import Measurement

Make = Callable[..., Evidence]


def calls_frame(scheduled_s: np.ndarray, latency_s: np.ndarray, **columns: Any) -> pd.DataFrame:
    """A calls frame in which every call went out on time and waited for the upstream alone."""
    n = len(scheduled_s)
    base: dict[str, Any] = {
        "arrival": np.arange(n),
        "step": np.zeros(n, dtype=int),
        "method": ["GET"] * n,
        "route": ["/get"] * n,
        "scheduled_s": scheduled_s,
        "dispatched_s": scheduled_s,
        "started_s": scheduled_s,
        "ended_s": scheduled_s + latency_s,
        "outcome": ["ok"] * n,
        "status": np.full(n, 200),
        "received_bytes": np.zeros(n, dtype=int),
        "attempts": np.ones(n, dtype=int),
        "caller": np.arange(n) % 20,
        "first_byte_s": latency_s,
        "error": [""] * n,
        "latency_s": latency_s,
    }
    zeros = ("pool_wait_s", "connect_s", "body_s", "drain_s", "backoff_s", "backoff_held_s")
    base |= {name: np.zeros(n) for name in (*zeros, "thread_wait_s", "schedule_lag_s")}
    return pd.DataFrame(base | columns)


def attempts_frame(calls: pd.DataFrame, new_connection: bool = False) -> pd.DataFrame:
    """One attempt for each call."""
    n = len(calls)
    return pd.DataFrame(
        {
            "arrival": calls["arrival"],
            "step": calls["step"],
            "number": np.ones(n, dtype=int),
            "started_s": calls["started_s"],
            "first_byte_s": calls["first_byte_s"],
            "new_connection": np.full(n, new_connection),
            "discarded": np.zeros(n, dtype=bool),
            "hedge": np.zeros(n, dtype=bool),
            "error": [""] * n,
        }
    )


def driver_frame(late_s: float, cpu_ratio: float, until_s: float = 30.0) -> pd.DataFrame:
    """A driver that was that late and that busy all the time."""
    at_s = np.arange(0.2, until_s, 0.2)
    return pd.DataFrame({"at_s": at_s, "late_s": late_s, "cpu_ratio": cpu_ratio})


def served_frame(error_s: float, until_s: float = 30.0) -> pd.DataFrame:
    """An upstream that answered so much later than it meant to."""
    arrived_s = np.arange(0, until_s, 0.1)
    return pd.DataFrame({"arrived_s": arrived_s, "intended_delay_s": 0.02, "actual_delay_s": 0.02 + error_s})


def reference(*measured: Measurement, stretches: KeptStretches | None = None) -> Reference:
    """A baseline that measured this."""
    return Reference(
        Baseline(
            scenario="made",
            policy="before",
            seed=1,
            run="before",
            made_at=datetime(2026, 1, 1, tzinfo=UTC),
            machine={},
            measurements={each.name: each for each in measured},
            stretches=stretches,
        )
    )


@pytest.fixture
def make() -> Make:
    """Builds evidence from latencies in seconds: evenly spaced calls at `rate_per_s`, one attempt each."""

    def build(
        latency_s: Any,
        *,
        rate_per_s: float = 200.0,
        thresholds: tuple[str, ...] = ("p99(latency) < 250ms",),
        warmup_s: float = 0.0,
        columns: dict[str, Any] | None = None,
        driver_late_s: float = 0.001,
        cpu_ratio: float = 0.3,
        upstream_late_s: float = 0.0,
        **fields: Any,
    ) -> Evidence:
        latency_s = np.asarray(latency_s, dtype=float)
        scheduled_s = np.arange(len(latency_s)) / rate_per_s
        calls = calls_frame(scheduled_s, latency_s, **(columns or {}))
        fields = {
            "policy": "careful",
            "scenario": "steady",
            "seed": 1,
            "duration_s": len(latency_s) / rate_per_s,
            "attempts": attempts_frame(calls),
            "pool": pd.DataFrame({"at_s": []}),
            "driver": driver_frame(driver_late_s, cpu_ratio),
            "served": served_frame(upstream_late_s),
        } | fields
        slo = Slo(warmup_s=warmup_s, thresholds=thresholds)
        return Evidence(calls=calls, slo=slo, **fields)

    return build


@pytest.fixture
def rng() -> np.random.Generator:
    """Seeded chance."""
    return np.random.default_rng(20)
