"""For which predictions a calibration holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.model.calibration import Calibration
from harness.model.verdict import Measurement

HERE: dict[str, str | int | float] = {"cpus": 2, "python": "3.11.7"}
OVERHEAD = Measurement(name="overhead", value=0.002, unit="s", n=900, low=0.0019, high=0.0021)


def calibration() -> Calibration:
    return Calibration(
        run="r", policy="p", scenario="s", made_at=datetime(2026, 1, 1, tzinfo=UTC), machine=HERE,
        overhead=OVERHEAD, busiest_per_s=100.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("busiest_per_s", "outside"),
    [(49.9, ["calmer"]), (50.0, []), (100.0, []), (200.0, []), (200.1, ["busier"])],
)
def test_it_holds_for_half_to_twice_the_attempts_of_its_run(busiest_per_s: float, outside: list[str]) -> None:
    assert list(calibration().outside(busiest_per_s, HERE)) == outside


def test_it_holds_for_its_own_machine() -> None:
    other = {**HERE, "cpus": 64}
    assert list(calibration().outside(100.0, other)) == ["another machine"]
    assert list(calibration().outside(500.0, other)) == ["another machine", "busier"]


def test_a_file_holds_all_of_it() -> None:
    assert Calibration.model_validate_json(calibration().model_dump_json()) == calibration()
