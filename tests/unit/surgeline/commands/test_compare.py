"""When a comparison needs no further round."""

from __future__ import annotations

import pytest

from harness.model.verdict import Comparison, Difference, Inconclusive, Margin, Measurement, Pass, Verdict
from surgeline.commands.compare import Goal

MEASURED = Measurement(name="error_ratio", value=0.1, unit="ratio", n=9, low=0.0, high=0.2)
OPEN = Margin(threshold="ratio(error) < 15%", limit=0.15, measured=MEASURED, verdict="inconclusive")
DECIDED: Verdict = Pass(margins=(OPEN.model_copy(update={"verdict": "pass"}),))
UNDECIDED: Verdict = Inconclusive(margins=(OPEN,))


def compared(half: float) -> Comparison:
    delta = Difference(
        measurement="latency.p99", unit="s", policy_a="a", policy_b="b", a=0.1, b=0.1,
        difference=0.0, low=-half, high=half, pairs=30, runs=2, verdict="no difference shown",
    )  # fmt: skip
    return Comparison(policies=("a", "b"), seeds=(1,), deltas=(delta,))


@pytest.mark.parametrize(
    ("goal", "half", "series", "reached"),
    [
        (Goal(None, False, 60.0), 9.0, {}, True),
        (Goal(0.05, False, 60.0), 0.02, {}, False),
        (Goal(0.05, False, 60.0), 0.004, {}, True),
        (Goal(None, True, 60.0), 9.0, {"a": DECIDED, "b": UNDECIDED}, False),
        (Goal(None, True, 60.0), 9.0, {"a": DECIDED, "b": DECIDED}, True),
        (Goal(0.05, True, 60.0), 0.02, {"a": DECIDED}, False),
    ],
)
def test_rounds_go_on_until_everything_that_was_asked_for_holds(
    goal: Goal, half: float, series: dict[str, Verdict], reached: bool
) -> None:
    assert goal.reached(compared(half), series) is reached
