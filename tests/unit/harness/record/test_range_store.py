"""A range on disk has a name of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.inputs import files
from harness.model.range import SearchSpec
from harness.model.run import run_id
from harness.record.range_store import range_id

STARTED_AT = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


def _spec(scenario: str, policy: str) -> SearchSpec:
    written = files.scenario("baseline")
    return SearchSpec(
        policy=files.policy("careful").model_copy(update={"name": policy}),
        scenario=written.scenario.model_copy(update={"name": scenario}),
        upstream=written.upstream,
    )


def test_a_range_is_called_like_a_run_with_range_before_the_scenario() -> None:
    spec = _spec("baseline", "careful")
    digest = run_id(spec.policy, spec.scenario, spec.upstream, STARTED_AT)[-6:]
    assert range_id(spec, STARTED_AT) == f"20260301-080000-range-baseline-careful-{digest}"


def test_a_scenario_called_like_its_policy_keeps_both_names() -> None:
    assert range_id(_spec("a", "a"), STARTED_AT).startswith("20260301-080000-range-a-a-")
