"""What a scenario plans."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.data.plan_preview import plan_sentence, planned_rates, planned_spans
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import file_names
from harness.model.scenario import Scenario
from tests.unit.dashboard.made_runs import scenario

SHAPES = [
    ({"rate_per_s": 80, "duration_s": 20}, [(0, 80), (20, 80)]),
    ({"shape": "ramp", "rate_per_s": 0, "to_rate_per_s": 50, "duration_s": 10}, [(0, 0), (10, 50)]),
    ({"shape": "steps", "rates_per_s": [10, 30], "step_s": 5}, [(0, 10), (5, 10), (5, 30), (10, 30)]),
    (
        {"shape": "spike", "rate_per_s": 10, "peak_per_s": 90, "at_s": 4, "for_s": 2, "duration_s": 10},
        [(0, 10), (4, 10), (4, 90), (6, 90), (6, 10), (10, 10)],
    ),
    (
        {"shape": "burst", "rate_per_s": 40, "on_s": 2, "off_s": 1, "duration_s": 5},
        [(0, 40), (2, 40), (2, 0), (3, 0), (3, 40), (5, 40)],
    ),
    ({"shape": "closed", "users": 3, "duration_s": 9}, []),
]


def _arriving(*phases: dict[str, Any]) -> Scenario:
    written = scenario().model_dump(mode="json")
    return Scenario.model_validate(written | {"arrivals": list(phases), "timeline": []})


@pytest.mark.parametrize(("phase", "corners"), SHAPES)
def test_a_phase_is_drawn_by_its_corners(phase: dict[str, Any], corners: list[tuple[float, float]]) -> None:
    frame = planned_rates(_arriving(phase))
    assert list(frame.itertuples(index=False, name=None)) == corners


def test_a_season_begins_at_its_trough_and_peaks_in_the_middle() -> None:
    phase = {"shape": "seasonal", "rate_per_s": 100, "swing": 0.6, "period_s": 20, "duration_s": 20}
    frame = planned_rates(_arriving(phase))
    assert frame["rate_per_s"].iloc[0] == pytest.approx(40)
    assert frame.loc[frame["rate_per_s"].idxmax()].tolist() == pytest.approx([10, 160])


def test_phases_follow_each_other() -> None:
    frame = planned_rates(_arriving({"rate_per_s": 5, "duration_s": 3}, {"rate_per_s": 9, "duration_s": 4}))
    assert frame["at_s"].tolist() == [0, 3, 3, 7]


def test_every_shipped_scenario_can_be_drawn() -> None:
    for name in file_names("scenario"):
        found = read_scenario(name).scenario
        assert planned_rates(found)["rate_per_s"].max() == pytest.approx(found.most_per_s, rel=0.05)
        assert len(planned_spans(found)) >= min(1, len(found.levers))


def test_a_fault_of_the_timeline_is_a_span() -> None:
    (span,) = planned_spans(scenario()).to_dict("records")
    assert (span["start_s"], span["end_s"], span["kind"]) == (10, 18, "fault")
    assert span["label"] == "slowdown × 2.4"


def test_the_sentence_has_arrivals_service_and_warm_up() -> None:
    assert plan_sentence(scenario()) == (
        "Arrivals: 130/s, for 30 s. Service: 1 × 64 threads. Counted from 3 s."
    )
