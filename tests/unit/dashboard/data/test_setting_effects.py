"""Settings beside the differences that they can explain."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.data.setting_effects import ACTS_ON, COLUMN, acts_on, settings_with_effects
from harness.assess.runs import compare_records
from harness.model.quantities import KEY
from harness.record.reader import open_run


@pytest.mark.parametrize(
    ("setting", "measurement"),
    [
        ("retry.total", "amplification"),
        ("adapter.pool_maxsize", "pool_wait.p99"),
        ("timeout.read_s", "error_ratio"),
        ("session.scope", "connections.opened_per_call"),
    ],
)
def test_a_setting_acts_on_what_it_is_known_to_act_on(setting: str, measurement: str) -> None:
    assert measurement in acts_on(setting)


def test_a_setting_without_a_known_relation_acts_on_nothing() -> None:
    assert acts_on("session.headers.accept") == ()


def test_only_differences_that_are_shown_are_beside_a_setting(made: dict[str, Path]) -> None:
    records = [open_run(made[name]) for name in ("stateless", "careful")]
    policies = {record.run.policy.name: record.run.policy for record in records}
    frame = settings_with_effects(policies, compare_records(records), "stateless").set_index("Setting")
    assert frame.loc["session.scope", COLUMN] == "careful: Connections opened per call −0.99"
    assert "Latency p99" not in " ".join(frame[COLUMN])


def test_every_measurement_that_settings_act_on_exists() -> None:
    known = {*KEY, "connections.opened_per_call", "hedges_per_call", "thread_wait.p99"}
    assert {name for names in ACTS_ON.values() for name in names} <= known
