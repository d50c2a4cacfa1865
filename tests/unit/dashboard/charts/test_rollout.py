"""The charts and sentences of a rollout."""

from pathlib import Path

import pandas as pd
import pytest

from dashboard.charts.rollout import NOT_YET, plan_sentence, rollout, rollout_sentence
from dashboard.charts.time import Backdrop
from dashboard.data.event_spans import COLUMNS
from dashboard.data.rollout_frames import RolloutFrames, rollout_frames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from harness.model.rollout import RolloutLimits, RolloutPlan, RolloutStep
from harness.record.reader import open_run
from tests.unit.dashboard import drawn
from tests.unit.harness.recorded_rollouts import recorded, worse


def frames(folder: Path, seconds: int = 30) -> RolloutFrames:
    found = rollout_frames(open_run(recorded(folder, worse, seconds)))
    assert found is not None
    return found


def behind(palette: Palette) -> Backdrop:
    return Backdrop(pd.DataFrame(columns=COLUMNS), 30.0, palette)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_share_evidence_and_bad_calls_are_drawn_with_the_moment_of_the_decision(
    tmp_path: Path, palette: Palette
) -> None:
    panels = rollout(frames(tmp_path), behind(palette))
    assert len(panels) == 3
    written = [drawn.svg(styled(panel, palette)) for panel in panels]
    assert "rolled back" in written[0]
    assert "at 1 it decides" in written[1]
    assert "textbook (new)" in written[2]


def test_the_sentence_is_the_decision_and_its_cost(tmp_path: Path) -> None:
    said = rollout_sentence(frames(tmp_path))
    assert said.startswith("textbook was rolled back after ")
    assert "The canary spoilt" in said


def test_before_the_first_second_nothing_is_drawn(tmp_path: Path) -> None:
    seen = frames(tmp_path, 0)
    assert rollout(seen, behind(LIGHT)) == []
    assert rollout_sentence(seen) == NOT_YET


def test_a_plan_is_told_with_its_limits() -> None:
    plan = RolloutPlan(
        name="orders", steps=(RolloutStep(share=0.05, at_most_s=60), RolloutStep(share=0.25)), slow_s=0.5,
        limits=RolloutLimits(latency_ceiling_s=2.0, queue_depth=10),
    )  # fmt: skip
    assert plan_sentence(plan) == (
        "Plan orders: 5% for at most 60.0 s, 25% for at most 600 s. A call was bad if it failed or took longer than "
        "500 ms. Limits: burn rates of 14.4 and 6 (of an error budget of 1%), a latency ceiling of 2.00 s, a queue of "
        "10 calls. Each decision is taken once its evidence reaches 1."
    )


def test_the_evidence_of_the_decision_is_a_point_over_its_rule(tmp_path: Path) -> None:
    seen = frames(tmp_path)
    evidence = rollout(seen, behind(LIGHT))[1].to_dict()
    (points,) = [layer for layer in evidence["layer"] if layer["mark"]["type"] == "point"]
    assert evidence["layer"].index(points) == len(evidence["layer"]) - 1
    values = evidence["datasets"][points["data"]["name"]]
    assert {value["at_s"] for value in values} == {seen.result.decided_s if seen.result else None}
    assert max(value["value"] for value in values) >= 1.0
