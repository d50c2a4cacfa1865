"""What is new: the latest verdicts, and what got worse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.data import regressions
from harness.model.scenario import TimelineLever
from harness.record.reader import Record, open_run


def _later(record: Record, like: Record) -> Record:
    """`like`'s result as a later run of `record`'s policy."""
    started_at = record.run.started_at + timedelta(hours=1)
    run = record.run.model_copy(update={"id": record.run.id + "-later", "started_at": started_at})
    return replace(record, run=run, end=like.end)


def _with_lever(record: Record) -> Record:
    pull = TimelineLever.model_validate({"at_s": 1.0, "lever": "throttle", "rate_per_s": 5.0})
    timeline = (*record.run.scenario.timeline, pull)
    scenario = record.run.scenario.model_copy(update={"timeline": timeline})
    return replace(record, run=record.run.model_copy(update={"scenario": scenario}))


@pytest.fixture
def stateless(made: dict[str, Path]) -> Record:
    return open_run(made["stateless"])


@pytest.fixture
def careful(made: dict[str, Path]) -> Record:
    return open_run(made["careful"])


def test_of_each_policy_the_latest_judged_run_counts(
    stateless: Record, careful: Record, made: dict[str, Path]
) -> None:
    killed = open_run(made["killed"])
    later = _later(careful, careful)
    assert regressions.latest([later, killed, careful, stateless]) == [later, stateless]


def test_a_run_with_a_lever_is_not_the_policys_verdict(stateless: Record, careful: Record) -> None:
    rehearsed = _with_lever(_later(careful, careful))
    assert regressions.without_levers([rehearsed, careful, stateless]) == [careful, stateless]
    assert regressions.without_levers([rehearsed, stateless]) == [rehearsed, stateless]


def test_a_worse_verdict_is_a_regression(stateless: Record, careful: Record) -> None:
    found = regressions.regressions([_later(careful, stateless), careful])
    assert "? Inconclusive became ✗ Fail" in found[0].worse


def test_a_number_beyond_the_interval_is_a_regression(stateless: Record, careful: Record) -> None:
    found = regressions.regressions([_later(careful, stateless), careful])
    assert any(said.startswith("Calls failed went from 0.00% to 1.64%") for said in found[0].worse)


def test_the_same_result_again_is_no_regression(careful: Record) -> None:
    assert regressions.regressions([_later(careful, careful), careful]) == []


def test_getting_better_is_no_regression(stateless: Record, careful: Record) -> None:
    found = regressions.regressions([_later(stateless, careful), stateless])
    assert all(
        "became" not in said and "Calls failed" not in said for change in found for said in change.worse
    )


def test_runs_of_different_settings_are_no_regression(stateless: Record, careful: Record) -> None:
    later = _later(careful, stateless)
    slower = later.run.scenario.model_copy(update={"drain_s": 3.0})
    later = replace(later, run=later.run.model_copy(update={"scenario": slower}))
    assert regressions.regressions([later, careful]) == []


def test_the_newest_comparison_has_the_newest_run_of_each_policy(stateless: Record, careful: Record) -> None:
    later = _later(careful, careful)
    assert regressions.newest_comparison([later, careful, stateless]) == [stateless, later]
    assert regressions.newest_comparison([later, careful]) == []


def test_the_policies_of_a_comparison_are_in_the_order_in_which_they_were_run(
    stateless: Record, careful: Record
) -> None:
    assert regressions.newest_comparison([stateless, careful]) == [careful, stateless]


def test_a_newer_run_of_a_seed_that_no_other_policy_has_hides_no_comparison(
    stateless: Record, careful: Record
) -> None:
    alone = _later(careful, careful)
    alone = replace(alone, run=alone.run.model_copy(update={"seed": 99}))
    assert regressions.newest_comparison([alone, careful, stateless]) == [stateless, careful]
