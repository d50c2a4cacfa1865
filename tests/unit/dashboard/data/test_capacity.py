"""The capacity of a policy in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard.data.capacity import (
    by_capacity,
    capacity_markdown,
    capacity_sentence,
    first_limit,
    recovers_up_to,
    tone,
)
from harness.model.range import Band, Headroom, Limit, OperatingRange
from harness.record.result_store import RANGES


@pytest.fixture
def found(searched: dict[str, Path]) -> OperatingRange:
    """A range that recovers up to its limit, with an expected peak of 200/s and no resource used up."""
    return RANGES.load(searched["careful"])


def _with(found: OperatingRange, **changes: Any) -> OperatingRange:
    return found.model_copy(update=changes)


def _threads(used: float) -> Headroom:
    return Headroom(resource="threads", unit="count", used=used, available=64, n=30)


def test_the_sentence_has_the_rate_the_peak_and_the_first_limit(found: OperatingRange) -> None:
    held = _with(found, stable_up_to=Limit(value=310, low=310, high=330), headroom=(_threads(63),))
    assert capacity_sentence(held) == (
        "careful holds 310/s (boundary below 330/s), 1.55 × the expected peak of 200/s; "
        "first limit: threads (63 of 64 used)."
    )


def test_without_a_resource_used_up_the_threshold_that_broke_is_the_limit(found: OperatingRange) -> None:
    assert first_limit(found) == "first limit: p99(latency) < 250ms, with no resource used up"


def test_the_machine_that_makes_the_load_comes_before_the_policy(found: OperatingRange) -> None:
    driver = Headroom(resource="driver CPU", unit="ratio", used=0.93, available=1.0, n=30)
    assert first_limit(_with(found, headroom=(_threads(64), driver))).startswith(
        "first limit: driver CPU (93"
    )


def test_a_rate_without_a_boundary_says_so(found: OperatingRange) -> None:
    open_ended = _with(found, stable_up_to=Limit(value=310, low=310, high=None))
    assert "holds 310/s (no boundary observed)" in capacity_sentence(open_ended)


def test_the_peak_is_compared_with_the_rate_up_to_which_it_recovers(searched: dict[str, Path]) -> None:
    found = RANGES.load(searched["textbook"])
    recovered = recovers_up_to(found)
    assert recovered is not None
    assert f"{recovered / 200:.2f} × the expected peak" in capacity_sentence(found)
    assert tone(found) == "bad"


def test_a_policy_that_never_recovered_recovers_up_to_nothing(found: OperatingRange) -> None:
    never = _with(found, bands=(Band(name="vulnerable", from_per_s=50, to_per_s=300),))
    assert recovers_up_to(never) == 0.0


@pytest.mark.parametrize(("peak", "expected"), [(None, "good"), (50.0, "good"), (2000.0, "bad")])
def test_a_capacity_is_good_when_it_covers_the_peak(
    found: OperatingRange, peak: float | None, expected: str
) -> None:
    scenario = found.spec.scenario.model_copy(update={"expected_peak_per_s": peak})
    spec = found.spec.model_copy(update={"scenario": scenario})
    assert tone(_with(found, spec=spec)) == expected


def test_without_a_rate_the_conclusion_is_the_sentence(found: OperatingRange) -> None:
    none = _with(found, stable_up_to=None, kind="none", answer="No tested rate is safe.")
    assert (capacity_sentence(none), tone(none)) == ("careful: No tested rate is safe.", "bad")


def test_the_highest_capacity_comes_first(found: OperatingRange) -> None:
    low, high = (_with(found, stable_up_to=Limit(value=rate, low=rate, high=None)) for rate in (100.0, 300.0))
    none = _with(found, stable_up_to=None)
    assert by_capacity([none, low, high]) == [high, low, none]


def test_the_markdown_names_every_range_and_escapes_its_text(found: OperatingRange) -> None:
    text = capacity_markdown([_with(found, stable_up_to=None, answer="<b>none</b>")])
    assert found.id in text
    assert "<b>" not in text
