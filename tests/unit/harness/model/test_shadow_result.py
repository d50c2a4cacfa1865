"""What a shadow's result says, and which verdict follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.shadow_result import FieldCount, Repetitions, ShadowResult


def result(state: Any, new: int = 0, old: int = 0, **more: Any) -> ShadowResult:
    given: dict[str, Any] = {"decided_s": None, "failed": 0, "dropped": 0, "fields": (), **more}
    return ShadowResult(
        state=state,
        new=Repetitions(policy="textbook", calls=600, different=new),
        old=Repetitions(policy="careful", calls=600, different=old),
        **given,
    )


@pytest.mark.parametrize(
    ("state", "kind"), [("same", "pass"), ("differs", "fail"), ("undecided", "inconclusive")]
)
def test_the_verdict_follows_from_the_state(state: str, kind: str) -> None:
    assert result(state).verdict.kind == kind


def test_a_difference_is_told_with_its_moment_and_its_counts() -> None:
    assert result("differs", 40, 2, decided_s=12.5).decision == (
        "The responses of textbook are shown to differ from those of careful after 12.5 s: 40 of 600 repetitions by "
        "textbook differed from the first responses, and 2 of 600 repetitions by careful itself."
    )


def test_what_differed_most_is_named_with_failures_and_dropped_calls() -> None:
    fields = tuple(FieldCount(name=name, new=n, old=0) for name, n in (("status", 9), ("body.a", 3)))
    assert result("differs", 12, decided_s=1.0, failed=2, dropped=1400, fields=fields).details == (
        "With textbook there differed most: status (9 times), body.a (3 times). 2 of its repetitions failed. "
        "1,400 more calls were not repeated, because the queue was full."
    )


def test_where_the_old_policy_differs_from_itself_the_remedy_is_to_ignore_fields() -> None:
    assert (
        "33.3% of the responses of careful differ from its own; name the fields"
        in result("undecided", 200, 200).details
    )


def test_where_repetitions_were_few_the_remedy_is_more() -> None:
    assert "More repetitions are needed: use a larger shadow.share" in result("undecided", 3).details


def test_of_like_policies_nothing_more_is_told() -> None:
    assert result("same").verdict.reasons == (result("same").decision,)
