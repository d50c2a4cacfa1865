"""A rehearsal as JSON."""

from __future__ import annotations

from surgeline.render.rehearsal import rehearsal_json
from tests.unit.harness.incidents.repetitions import rehearsal, repetition
from tests.unit.harness.model.levers import lever


def test_the_json_of_a_rehearsal_has_each_lever_as_text_and_as_data() -> None:
    found = rehearsal_json(rehearsal(repetition(4, lever("throttle", rate_per_s=60), back=True)))
    (one,) = found["repetitions"]
    assert one["lever"] == "throttle rate_per_s=60.0"
    assert one["levers"] == [{"lever": "throttle", "rate_per_s": 60.0}]


def test_the_json_of_a_repetition_without_a_lever_says_none() -> None:
    (one,) = rehearsal_json(rehearsal(repetition(4, back=True)))["repetitions"]
    assert (one["lever"], one["levers"]) == ("none", [])
