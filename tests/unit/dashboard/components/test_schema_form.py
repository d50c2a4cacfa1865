"""A form is made from the schemas, and says only what was changed."""

from __future__ import annotations

import pytest

from dashboard.components.schema_form import Field, fields
from harness.inputs.overrides import read_overrides
from tests.unit.dashboard import made_runs


@pytest.fixture
def policy() -> dict[str, Field]:
    return {f.key: f for f in fields(made_runs.TEXTBOOK, "policy")}


def test_a_field_has_the_value_from_the_file_and_the_bound_from_the_schema(policy: dict[str, Field]) -> None:
    size = policy["policy.adapter.pool_maxsize"]
    assert (size.kind, size.value, size.low, size.table) == ("whole", 20, 1, "adapter")


def test_a_setting_that_may_be_absent_is_a_number_that_is_not_set() -> None:
    found = {f.key: f for f in fields(made_runs.STATELESS, "policy")}
    assert (found["policy.timeout.read_s"].kind, found["policy.timeout.read_s"].value) == ("number", None)


def test_a_setting_with_few_values_is_a_choice(policy: dict[str, Field]) -> None:
    assert policy["policy.session.scope"].kind == "choice"
    assert "call" in policy["policy.session.scope"].choices


def test_phases_of_arrivals_are_numbered() -> None:
    keys = {f.key for f in fields(made_runs.scenario(), "scenario")}
    assert {"scenario.arrivals.0.rate_per_s", "scenario.service.threads", "scenario.slo.warmup_s"} <= keys


def test_secrets_are_left_to_files(policy: dict[str, Field]) -> None:
    assert [key for key in policy if "auth." in key or "password" in key] == []


def test_nothing_changed_is_no_override(policy: dict[str, Field]) -> None:
    assert [f for f in policy.values() if f.override(f.value) is not None] == []


@pytest.mark.parametrize(
    ("key", "value", "read_back"),
    [
        ("policy.adapter.pool_maxsize", 5, 5),
        ("policy.adapter.pool_block", True, True),
        ("policy.session.scope", "call", "call"),
        ("policy.retry.status_forcelist", "[503]", [503]),
    ],
)
def test_what_was_changed_is_an_override_that_the_command_line_reads(
    policy: dict[str, Field], key: str, value: object, read_back: object
) -> None:
    override = policy[key].override(value)
    assert override is not None
    assert read_overrides([override])["policy"] == {key.removeprefix("policy."): read_back}
