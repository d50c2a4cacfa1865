"""What follows from the calls that a shadow has repeated."""

from __future__ import annotations

import pandas as pd
import pytest

from harness.analyse.measure.shadow import shadow_of
from harness.model.shadow_result import FieldCount, ShadowResult
from tests.unit.harness.recorded_rollouts import SHADOWED, Different, alike, corrupt, noisy, shadow_rows


def found(different: Different, repetitions: int = 1600, dropped: int = 0) -> ShadowResult:
    return shadow_of(SHADOWED, pd.DataFrame(shadow_rows(different, repetitions, dropped)))


@pytest.mark.parametrize(
    ("different", "state"), [(alike, "same"), (corrupt, "differs"), (noisy, "undecided")]
)
def test_the_state_follows_from_the_evidence(different: Different, state: str) -> None:
    assert found(different).state == state


def test_like_policies_with_few_repetitions_are_undecided() -> None:
    assert found(alike, 400).state == "undecided"


def test_a_difference_has_its_moment() -> None:
    result = found(corrupt)
    assert result.decided_s is not None
    assert 0 < result.decided_s < 10


def test_repetitions_dropped_calls_and_names_are_counted() -> None:
    result = found(noisy, 600, dropped=9)
    assert (result.new.calls, result.old.calls, result.dropped) == (300, 300, 9)
    assert result.fields == (FieldCount(name="body.at", new=100, old=100),)


def test_the_most_frequent_name_comes_first() -> None:
    rows = pd.DataFrame(
        shadow_rows(lambda n, by: ["a"] if n % 50 == 0 else ["b", "c"] if n % 9 == 0 else [], 900)
    )
    assert [field.name for field in shadow_of(SHADOWED, rows).fields] == ["b", "c", "a"]
