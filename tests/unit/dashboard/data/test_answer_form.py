"""The questions of the form are the keys of a sheet, and changes are restored from an address."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.data.answer_form import QUESTIONS, changed, changes, value_of
from harness.model.answers import Answers, KnownUpstream
from harness.model.errors import ConfigError
from tests.unit.harness.advise.made_answers import answers


def given(**other: Any) -> dict[str, Any]:
    """Every answer as the form gives it, with others for some keys."""
    return {each.key: value_of(answers(), each.key) for each in QUESTIONS} | {
        key.replace("__", "."): value for key, value in other.items()
    }


def test_every_key_of_a_sheet_but_its_labels_has_a_question() -> None:
    asked = {each.key for each in QUESTIONS}
    keys = set(Answers.model_fields) - {"name", "description", "owner", "upstream"}
    assert keys | {f"upstream.{key}" for key in KnownUpstream.model_fields} <= asked


def test_the_answers_of_the_sheet_are_no_changes() -> None:
    assert changes(answers(), given()) == []


def test_changes_give_the_answers_of_the_form() -> None:
    found = changes(answers(), given(budget_s=0.4, upstream__workers=None, owner__team="orders"))
    assert found == ["budget_s=0.4", "upstream.workers=", 'owner.team="orders"']
    wanted = answers(upstream={"workers": None}, budget_s=0.4, owner={"team": "orders"})
    assert changed(answers(), found) == wanted


def test_a_day_is_text_in_the_form() -> None:
    assert value_of(answers(review_by="2027-01-31"), "review_by") == "2027-01-31"
    assert changes(answers(review_by="2027-01-31"), given(review_by="2027-01-31")) == []


def test_an_answer_that_is_needed_cannot_be_taken_out() -> None:
    with pytest.raises(ConfigError, match="budget_s"):
        changed(answers(), ["budget_s="])
