"""Files without an owner, past their review, or with stale flags."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from harness.model.ownership import FileOwner, Flag, review_findings

TODAY = date(2027, 3, 1)
SETTINGS = {"breaker": {"failure_ratio": 0.5}, "hedge": None}
OWNER = FileOwner(team="payments")


def found(**changed: Any) -> list[str]:
    given = {"owner": OWNER, "review_by": TODAY, "flags": (), "settings": SETTINGS, **changed}
    return [each.kind for each in review_findings("a.toml", today=TODAY, **given)]


def test_an_owned_file_on_its_day_of_review_is_in_order() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"owner": None}, "owner"),
        ({"review_by": None}, "review"),
        ({"review_by": date(2027, 2, 28)}, "review"),
        ({"flags": (Flag(key="breaker", until=date(2027, 2, 28)),)}, "flag"),
        ({"flags": (Flag(key="hedge", until=date(2028, 1, 1)),)}, "flag"),
        ({"flags": (Flag(key="breaker.open", until=date(2028, 1, 1)),)}, "flag"),
    ],
    ids=["no owner", "no review", "past review", "past flag", "unset flag", "unknown flag"],
)
def test_what_is_missing_or_past_is_found(changed: dict[str, Any], kind: str) -> None:
    assert found(**changed) == [kind]


def test_a_flag_of_a_set_key_before_its_day_is_in_order() -> None:
    assert found(flags=(Flag(key="breaker.failure_ratio", until=TODAY),)) == []
