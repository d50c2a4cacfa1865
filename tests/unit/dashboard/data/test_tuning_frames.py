"""A search for a policy as frames."""

from __future__ import annotations

from dashboard.data.tuning_frames import KINDS, address, front_table, name_of, objective_table, points
from tests.unit.harness.tuning.made_tunings import made_tuning


def test_each_policy_is_one_point_and_each_run_one_more() -> None:
    found = made_tuning()
    frame = points(found)
    assert len(frame) == len(found.candidates) + len(found.checks)
    assert list(frame[frame["kind"] == KINDS[5]]["number"]) == [0, *found.chosen]
    assert set(frame[frame["kind"] == KINDS[3]]["number"]) == set(found.chosen)
    assert list(frame[frame["kind"] == KINDS[4]]["number"]) == [0]


def test_what_breaks_the_slo_is_a_kind_of_its_own() -> None:
    found = made_tuning()
    frame = points(found)
    broken = {each.number for each in found.candidates if not each.keeps and each.number}
    assert broken
    assert set(frame[frame["kind"] == KINDS[1]]["number"]) == broken


def test_a_policy_whose_latency_is_not_reached_has_no_point() -> None:
    found = made_tuning(confirmed=False)
    first, *others = found.candidates
    latency = first.predicted["before.latency.p99"].model_copy(update={"value": None})
    changed = first.model_copy(update={"predicted": {**first.predicted, "before.latency.p99": latency}})
    frame = points(found.model_copy(update={"candidates": (changed, *others)}))
    assert 0 not in set(frame["number"])
    assert (
        "not reached" in front_table(found.model_copy(update={"candidates": (changed, *others)})).iloc[0, 2]
    )


def test_the_table_has_what_one_has_first_and_tells_what_the_lab_confirmed() -> None:
    found = made_tuning()
    table = front_table(found)
    assert table["Policy"].iloc[0] == "textbook"
    assert table["In the lab"].iloc[0] == "fail"
    assert table["In the lab"].iloc[1] == "confirmed"
    assert set(table["In the lab"].iloc[3:]) <= {"not run"}
    assert table["Open"].iloc[1] == address(found, found.chosen[0])


def test_a_policy_has_its_prediction_beside_its_measurement() -> None:
    found = made_tuning()
    table = objective_table(found, found.candidates[found.chosen[0]])
    assert table["Objective"].iloc[0] == "Goodput in the incident"
    assert all("5 seeds" in text for text in table["Predicted, with the band of a run"])
    assert all("n = 1,200" in text for text in table["Measured"])
    unseen = objective_table(made_tuning(confirmed=False), found.candidates[1])
    assert set(unseen["Measured"]) == {"–"}


def test_a_candidate_is_named_as_its_run_is() -> None:
    found = made_tuning()
    assert name_of(found, found.candidates[found.chosen[0]]) == found.checks[1].policy
