"""Levers as controls, and those that were pulled."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from dashboard.components.lever_form import lever_controls
from dashboard.data.event_spans import spans
from dashboard.data.pulled_levers import pulled_levers
from harness.model.lever import Pull
from mock_upstream.config.toml import build

EVENT = {
    "at_s": 14.2,
    "kind": "lever",
    "name": "throttle rate_per_s=120",
    "action": "pulled",
    "detail": json.dumps({"who": "ana", "asked_s": 14.1, "acknowledged": 2, "processes": 2, "problem": ""}),
}


def test_a_lever_that_takes_a_number_or_nothing_says_both() -> None:
    rate = lever_controls()["throttle"].settings[0]
    assert (rate.field.kind, dict(rate.words)) == ("number", {"off": False})


def test_a_lever_can_be_given_back_to_the_policy() -> None:
    assert dict(lever_controls()["retries"].settings[0].words) == {"off": False, "the policy's own": True}


def test_a_lever_that_takes_a_whole_table_is_left_to_the_command_line() -> None:
    assert not {"capacity", "fault"} & set(lever_controls())


@pytest.mark.parametrize("name", sorted(lever_controls()))
def test_what_a_control_begins_with_is_a_lever(name: str) -> None:
    begun = {s.field.key: s.field.value for s in lever_controls()[name].settings if not s.optional}
    begun = {key: value if value is not None else "recommendations" for key, value in begun.items()}
    assert (
        build(Pull, {"id": "1", "who": "ana", "lever": {"lever": name, **begun}}, "lever").lever.lever == name
    )


def test_a_pulled_lever_says_when_what_and_who() -> None:
    row = pulled_levers(pd.DataFrame([EVENT])).iloc[0]
    assert row.tolist() == [14.2, "throttle rate_per_s=120", "ana", "acknowledged by 2 of 2 processes"]


def test_a_lever_that_failed_says_why() -> None:
    failed = EVENT | {"action": "failed", "detail": json.dumps({"who": "ana", "problem": "no breaker here"})}
    assert pulled_levers(pd.DataFrame([failed]))["result"].tolist() == ["no breaker here"]
    assert spans(pd.DataFrame([failed]), 30)["label"].tolist() == ["throttle rate_per_s=120 (failed)"]


def test_a_lever_is_named_on_the_charts_without_its_paperwork() -> None:
    assert spans(pd.DataFrame([EVENT]), 30)["label"].tolist() == ["throttle rate_per_s=120"]
