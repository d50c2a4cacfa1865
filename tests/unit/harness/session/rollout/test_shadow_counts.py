"""What repeated calls show: a difference, none, or neither."""

from __future__ import annotations

import pytest

from harness.session.rollout.shadow_counts import SAMPLES, By, ShadowCounts, least_repetitions


def counted(**totals: int) -> ShadowCounts:
    return ShadowCounts(**totals)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        (counted(), False),
        (counted(compared=600, noise=600), True),
        (counted(compared=300, noise=300), False),
        (counted(compared=600, noise=600, different=6), False),
        (counted(compared=600, noise=600, failed=6), False),
        (counted(compared=4000, noise=4000, different=300, noise_different=300), True),
        (counted(compared=2000, noise=2000, different=150, noise_different=100), False),
    ],
)
def test_none_is_shown_where_few_differ_or_not_more_than_by_themselves(
    counts: ShadowCounts, shown: bool
) -> None:
    assert (counts.evidence["no difference"] >= 1.0) is shown


def test_responses_that_mostly_differ_by_themselves_show_nothing() -> None:
    counts = counted(compared=2000, noise=2000, different=800, noise_different=800)
    assert counts.evidence["no difference"] < 1.0
    assert not counts.differs


def test_a_difference_that_was_shown_once_stays_shown() -> None:
    counts = ShadowCounts()
    for _ in range(10):
        counts.add("new", ["status"])
    for _ in range(100):
        counts.add("old", ["status"])
    assert counts.differs
    assert counts.evidence["difference"] == counts.highest >= 1.0


@pytest.mark.parametrize(
    ("by", "failed", "totals"),
    [("new", False, (1, 1, 0, 0, 0)), ("new", True, (1, 0, 1, 0, 0)), ("old", True, (0, 0, 0, 1, 1))],
)
def test_a_repetition_counts_for_who_made_it(by: By, failed: bool, totals: tuple[int, ...]) -> None:
    counts = ShadowCounts()
    counts.add(by, ["body"], failed=failed)
    assert (
        counts.compared, counts.different, counts.failed, counts.noise, counts.noise_different
    ) == totals  # fmt: skip


def test_samples_are_bounded_and_of_the_new_policy_alone() -> None:
    counts = ShadowCounts()
    for number in range(2 * SAMPLES):
        counts.add("new", [f"body.{number}"])
        counts.add("old", ["status"])
    assert list(counts.samples) == [[f"body.{number}"] for number in range(SAMPLES, 2 * SAMPLES)]


def test_fewer_repetitions_than_the_least_show_nothing() -> None:
    by_new = least_repetitions() // 2
    assert counted(compared=by_new, noise=by_new).evidence["no difference"] >= 1.0
    assert counted(compared=by_new - 1, noise=by_new).evidence["no difference"] < 1.0
