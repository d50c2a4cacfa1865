"""What `surgeline doctor` found is cited by later runs, and holds them back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.errors import MachineError
from harness.model.machine_check import MachineCheck
from harness.model.scenario import Scenario
from harness.record.machine import MACHINE_CHECK_FILE, ceiling_per_s, machine
from mock_upstream.config.toml import build


def _examined(root: Path, ceiling: float, **machine_s: str) -> None:
    found = MachineCheck(
        made_at=datetime.now(UTC),
        machine=machine() | machine_s,
        driver_ceiling_per_s=ceiling,
        measurements=(),
    )
    (root / MACHINE_CHECK_FILE).write_text(found.model_dump_json())


def _plan(rate: float) -> Plan:
    overrides = read_overrides([f"scenario.arrivals=[{{rate_per_s={rate}, duration_s=1}}]"])
    written = read_scenario("baseline", overrides)
    return Plan(read_policy("careful"), written.scenario, written.upstream)


def test_a_rate_beyond_the_ceiling_is_refused_before_anything_starts(tmp_path: Path) -> None:
    _examined(tmp_path, 800.0)
    with pytest.raises(MachineError, match=r"arrivals need 900/s, but .* up to 800/s .*surgeline doctor"):
        run_plan(_plan(900), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [MACHINE_CHECK_FILE]


def test_another_machine_s_check_does_not_apply_here(tmp_path: Path) -> None:
    _examined(tmp_path, 800.0, system="another")
    assert ceiling_per_s(tmp_path) is None


@pytest.mark.parametrize(
    ("phase", "most_per_s"),
    [
        ({"rate_per_s": 50.0, "duration_s": 1.0}, 50.0),
        ({"shape": "ramp", "rate_per_s": 90.0, "to_rate_per_s": 10.0, "duration_s": 1.0}, 90.0),
        ({"shape": "steps", "rates_per_s": (10.0, 70.0, 30.0), "step_s": 1.0}, 70.0),
        (
            {
                "shape": "spike",
                "rate_per_s": 5.0,
                "peak_per_s": 80.0,
                "at_s": 0.0,
                "for_s": 1.0,
                "duration_s": 2.0,
            },
            80.0,
        ),
        ({"shape": "seasonal", "rate_per_s": 100.0, "swing": 0.5, "period_s": 9.0, "duration_s": 9.0}, 150.0),
        ({"shape": "burst", "rate_per_s": 60.0, "on_s": 1.0, "off_s": 1.0, "duration_s": 4.0}, 60.0),
        ({"shape": "replay", "trace": "t.csv", "speed": 2.0, "times_s": (0.0, 0.5, 1.0, 3.0)}, 3.0),
        ({"shape": "closed", "users": 9, "duration_s": 1.0}, 0.0),
    ],
)
def test_the_highest_rate_of_each_shape(phase: dict[str, object], most_per_s: float) -> None:
    scenario = {"name": "s", "upstream": "u.toml", "journey": "m:f", "arrivals": (phase,)}
    assert build(Scenario, scenario, "s.toml").most_per_s == most_per_s
