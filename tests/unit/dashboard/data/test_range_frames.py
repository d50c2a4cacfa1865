"""A range in frames, in words, and as a load line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import vl_convert
from altair.typing import ChartType

from dashboard.charts import load_line
from dashboard.data import range_frames
from dashboard.data.capacity import capacity_sentence
from dashboard.theme.palette import DARK, LIGHT, styled
from harness.model.range import OperatingRange
from harness.record.result_store import RANGES
from tests.unit.dashboard import made_ranges
from tests.unit.dashboard.made_runs import CAREFUL

PEAKS = {"expected peak 200/s": 200.0}


@pytest.fixture(scope="module")
def storm(searched: dict[str, Path]) -> OperatingRange:
    return RANGES.load(searched["textbook"])


def _drawn(chart: ChartType) -> str:
    return str(vl_convert.vegalite_to_svg({**styled(chart, LIGHT).to_dict(), "width": 900}))


def _line(found: OperatingRange, palette: Any = LIGHT) -> ChartType:
    until = range_frames.until_per_s([found])
    return load_line.load_line(
        range_frames.trials(found), range_frames.bands(found, until), PEAKS, until, palette
    )


def test_every_trial_along_the_rate_is_a_point_with_an_interval(storm: OperatingRange) -> None:
    frame = range_frames.trials(storm)
    assert len(frame) == sum(t.purpose != "trigger" for t in storm.trials)
    assert ((frame["low"] <= frame["times"]) & (frame["times"] <= frame["high"])).all()


def test_a_trial_above_the_rule_at_one_breaks_the_slo(storm: OperatingRange) -> None:
    frame = range_frames.trials(storm)
    assert ((frame["times"] > 1) == (frame["outcome"] == "breaks the SLO")).all()


def test_trigger_tests_have_a_lane_of_their_own(storm: OperatingRange) -> None:
    frame = range_frames.triggers(storm)
    assert set(frame["outcome"]) == {"recovered", "did not recover"}
    assert len(frame) + len(range_frames.trials(storm)) == len(storm.trials)


def test_bands_are_named_on_the_load_line_and_so_is_the_peak(storm: OperatingRange) -> None:
    drawn = _drawn(_line(storm))
    assert all(text in drawn for text in range_frames.bands(storm, 500.0)["label"])
    assert "expected peak 200/s" in drawn
    assert "the SLO's limit" in drawn


def test_outcomes_differ_in_shape_and_not_in_colour_alone(storm: OperatingRange) -> None:
    layers = styled(_line(storm), LIGHT).to_dict()["layer"]
    shapes = next(x["encoding"]["shape"]["scale"] for x in layers if "shape" in x.get("encoding", {}))
    assert len(set(shapes["range"])) == len(shapes["domain"]) == 2


def test_bands_differ_in_thickness_and_not_in_colour_alone(storm: OperatingRange) -> None:
    until = range_frames.until_per_s([storm])
    chart = load_line.overview(range_frames.bands(storm, until).assign(policy="a"), {}, until, LIGHT)
    sizes = [x["mark"]["size"] for x in styled(chart, LIGHT).to_dict()["layer"] if x["mark"]["type"] == "bar"]
    assert len(set(sizes)) == len(sizes) == 3


def test_policies_under_each_other_share_their_axis(searched: dict[str, Path]) -> None:
    shown = [RANGES.load(searched[name]) for name in ("textbook", "careful")]
    until = range_frames.until_per_s(shown)
    assert all(f"[0, {until}]" in str(styled(_at(found, until), LIGHT).to_dict()) for found in shown)


def _at(found: OperatingRange, until: float) -> ChartType:
    return load_line.load_line(range_frames.trials(found), range_frames.bands(found, until), {}, until, LIGHT)


def test_the_axis_reaches_beyond_the_peak_and_tells_what_it_leaves_out(storm: OperatingRange) -> None:
    until = range_frames.until_per_s([storm])
    assert until > made_ranges.PEAK_PER_S
    assert "/s" in range_frames.outside(storm, 100.0)
    assert range_frames.outside(storm, 1e9) == ""


def test_the_bracket_closes_from_trial_to_trial(storm: OperatingRange) -> None:
    steps = range_frames.bracket_by_trial(storm)
    widths = (steps["high"] / steps["low"]).tolist()
    assert widths[-1] < widths[0] / 1.3
    assert "trial" in _drawn(load_line.bracket_chart(steps, 400.0, LIGHT))


def test_a_search_says_what_it_does_and_how_far_it_is(tmp_path: Path) -> None:
    said = range_frames.search_progress(RANGES.load(made_ranges.searching(tmp_path, CAREFUL)))
    assert said.startswith("Trial 7: ")
    assert "The boundary lies between" in said


def test_the_limit_and_the_peak_are_told_with_their_confidence(storm: OperatingRange) -> None:
    assert "is safe with 95% confidence for runs of 60 s; the boundary lies below" in range_frames.limit_text(
        storm
    )
    assert "times the expected peak of 200/s" in range_frames.peak_text(storm)


def test_headroom_has_a_column_for_the_peak(storm: OperatingRange) -> None:
    frame = range_frames.headroom_table(storm)
    assert list(frame.columns) == ["Resource", "Used at the limit, p99", "Of", "n", "At 200/s"]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_load_line_is_valid_in_both_themes(storm: OperatingRange, palette: Any) -> None:
    assert palette.ink in str(styled(_line(storm, palette), palette).to_dict())


def test_a_search_is_at_work_until_it_has_been_silent_for_long(tmp_path: Path) -> None:
    folder = made_ranges.searching(tmp_path, CAREFUL)
    assert RANGES.is_live(RANGES.load(folder), tmp_path)
    killed = made_ranges.killed(tmp_path / "other", CAREFUL)
    assert not RANGES.is_live(RANGES.load(killed), tmp_path / "other")


def test_broken_and_newer_ranges_are_listed_with_the_reason(searched: dict[str, Path]) -> None:
    reasons = {
        r.folder.name: str(r.error)
        for r in RANGES.listed(searched["broken"].parent)
        if not isinstance(r, OperatingRange)
    }
    assert "damaged" in reasons[searched["broken"].name]
    assert "newer surgeline (schema 99" in reasons[searched["newer"].name]


def test_an_answer_without_a_confirmed_rate_is_in_the_headline_alone(storm: OperatingRange) -> None:
    none = storm.model_copy(update={"stable_up_to": None, "answer": "No tested rate meets the SLO."})
    assert none.answer in capacity_sentence(none)
    assert none.answer not in range_frames.conclusion(none)
    assert storm.answer not in capacity_sentence(storm)
    assert storm.answer in range_frames.conclusion(storm)


def test_one_trial_is_counted_in_the_singular(storm: OperatingRange) -> None:
    first, second = storm.trials[:2]
    one = storm.model_copy(update={"trials": (first, second.model_copy(update={"invalid": "late"}))})
    assert range_frames.cost(one).startswith("1 trial, ")
    assert range_frames.cost(one).endswith("; 1 invalid trial was repeated")
    assert f"{len(storm.trials)} trials, " in range_frames.cost(storm)
