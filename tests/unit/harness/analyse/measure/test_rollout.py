"""The share of all calls that a canary spoilt."""

from __future__ import annotations

import pandas as pd
import pytest

from harness.analyse.measure.rollout import spoilt_share
from harness.model.verdict import Measurement

STEPS = pd.DataFrame({"at_s": [0.0, 1.0, 2.0, 3.0], "step": [0, 0, 1, 1], "state": ["comparing"] * 4})
ROLLED_BACK = STEPS.assign(state=["comparing"] * 3 + ["rolled back"])


def calls(*seconds: tuple[int, int, int, int]) -> pd.DataFrame:
    """By second: calls and bad calls of the canary, and of the baseline."""
    rows = []
    for second, (canary, bad, baseline, worse) in enumerate(seconds):
        for arm, count, broken in (("canary", canary, bad), ("baseline", baseline, worse)):
            rows += [
                (float(second), second + 0.1, "ok" if i >= broken else "http_5xx", arm) for i in range(count)
            ]
    return pd.DataFrame(rows, columns=["started_s", "ended_s", "outcome", "arm"])


def spoilt(frame: pd.DataFrame, compared: pd.DataFrame = STEPS, slow_s: float | None = None) -> Measurement:
    return spoilt_share(frame, compared, slow_s)


def test_it_is_the_excess_over_the_baseline_s_rate_divided_by_all_calls() -> None:
    found = spoilt(calls((10, 4, 90, 9), (10, 4, 90, 9)))
    assert (found.value, found.n) == (pytest.approx(6 / 200), 200)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.number <= found.high


def test_the_rate_is_that_of_the_same_step() -> None:
    """An upstream that is bad later, when the canary's share is larger, does not count against the canary."""
    assert spoilt(calls((10, 0, 90, 0), (10, 0, 90, 0), (50, 25, 50, 25), (50, 25, 50, 25))).value == 0.0


def test_a_slow_call_is_bad() -> None:
    frame = calls((10, 0, 90, 0))
    frame.loc[frame["arm"] == "canary", "ended_s"] = 2.0
    assert spoilt(frame, slow_s=1.0).value == pytest.approx(10 / 100)


def test_what_the_baseline_does_after_the_decision_is_no_rate_to_compare_with() -> None:
    after = calls((10, 5, 90, 0), (10, 5, 90, 0), (10, 5, 90, 0), (10, 5, 90, 0), (0, 0, 100, 100))
    assert spoilt(after, ROLLED_BACK).value == pytest.approx(20 / 500)


def test_of_no_calls_there_is_none() -> None:
    assert spoilt(calls()).n == 0


def test_seconds_that_are_all_alike_leave_no_doubt() -> None:
    found = spoilt(calls((10, 4, 90, 9), (10, 4, 90, 9)))
    assert (found.low, found.high) == (pytest.approx(6 / 200), pytest.approx(6 / 200))
