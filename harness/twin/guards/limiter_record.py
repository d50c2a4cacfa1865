"""The numbers and the state of one adaptive limit of concurrent attempts."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.model.limiter_settings import LimiterSettings
from harness.session.limits import rules
from harness.session.limits.failsafe import SMOOTHED

AIMD, VEGAS, GRADIENT2, ENVOY, FAILSAFE = range(1, 6)
KINDS = {"aimd": AIMD, "vegas": VEGAS, "gradient2": GRADIENT2, "envoy": ENVOY, "failsafe": FAILSAFE}
MOST_PAIRS = 1000
NOT_MEASURING = -1.0

_SETTINGS = (
    "least", "most", "window_s", "max_wait_s", "backoff_ratio", "timeout_s", "probe_multiplier", "smoothing", "queue",
    "tolerance", "long_window", "min_rtt_interval_s", "min_rtt_requests", "min_rtt_concurrency", "jitter", "buffer",
    "longest_window_s", "share", "baseline_age", "correlation_window", "most_per_in_flight",
)  # fmt: skip
_COUNTS = ("samples", "places", "free", "responses", "dropped", "most_in_flight")
_AVERAGES = [("long_s", np.float64), ("smooth_s", np.float64), ("baseline_s", np.float64)]

LIMITER = np.dtype(
    [
        ("kind", np.int64),
        ("counts_drops", np.bool_),
        *((name, np.float64) for name in _SETTINGS),
        *((name, np.int64) for name in _COUNTS),
        ("limit", np.float64),
        ("until_s", np.float64),
        ("since_s", np.float64),
        ("unloaded_s", np.float64),
        ("windows", np.int64),
        ("probe_jitter", np.float64),
        ("minimum_s", np.float64),
        ("kept", np.float64),
        ("measure_s", np.float64),
        ("at_least", np.int64),
        *_AVERAGES,
        ("averaged", np.int64),
        ("recent", np.int64),
        ("recent_s", np.float64, SMOOTHED),
        ("sorted_s", np.float64, SMOOTHED),
        ("pairs", np.int64),
        ("in_flight_of", np.float64, MOST_PAIRS),
        ("response_of_s", np.float64, MOST_PAIRS),
        ("throughput_of", np.float64, MOST_PAIRS),
    ],
    align=True,
)
"""One limiter: its settings by the names of harness/model/limiter_settings.py, and its state.

`places` is the limit in whole attempts, of which `free` can be taken; it is negative while more are taken than the
limit allows. `responses`, `dropped` and `most_in_flight` are those of the window. `averaged` counts the values of the
moving averages, of which a kind has values at the same windows. `pairs` of attempts in flight and response time are
kept in a circle, with their throughput. The rest is the state of the rules by the names of harness/session/limits/,
with `kept` NOT_MEASURING where it is None there.
"""


def limiter(settings: LimiterSettings | None) -> Any:
    """The limiter that these settings describe, from the time 0 on, shape (1,); of kind 0 for None."""
    found = np.zeros(1, LIMITER)
    made = found[0]
    if settings is None:
        return found
    begun = rules.begin(settings, 0.0)
    made["kind"], made["limit"], made["until_s"] = KINDS[settings.kind], begun.limit, begun.until_s
    made["samples"], made["counts_drops"], made["since_s"] = begun.samples, begun.counts_drops, begun.since_s
    made["places"] = made["free"] = int(begun.limit)
    made["kept"], made["probe_jitter"] = getattr(begun, "kept", NOT_MEASURING), getattr(begun, "jitter", 0.0)
    for name in _SETTINGS:
        made[name] = getattr(settings, name, 0.0)
    return found
