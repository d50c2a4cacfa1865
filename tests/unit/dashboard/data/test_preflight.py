"""What is known before a run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.data.preflight import MachineLoad, machine_load, preflight
from harness.model.machine_check import MachineCheck
from tests.unit.dashboard.made_runs import scenario

FREE, BUSY = MachineLoad(0.1, 0.1), MachineLoad(0.9, 0.1)


def _check(ceiling_per_s: float, *remarks: str) -> MachineCheck:
    return MachineCheck(
        made_at=datetime(2026, 3, 2, tzinfo=UTC),
        machine={},
        driver_ceiling_per_s=ceiling_per_s,
        measurements=(),
        remarks=remarks,
    )


def test_a_busy_machine_makes_an_undecided_verdict_likely() -> None:
    first = preflight(scenario(), BUSY, None, ahead=0)[0]
    assert first.kind == "warn"
    assert first.text == (
        "This machine is busy (90% of its processor time is used): expect an undecided verdict."
    )


@pytest.mark.parametrize("load", [BUSY, MachineLoad(0.1, 3.0)])
def test_a_machine_is_busy_by_its_cores_or_by_what_waits_for_them(load: MachineLoad) -> None:
    assert load.busy


def test_commands_that_have_not_ended_are_named_instead() -> None:
    first = preflight(scenario(), BUSY, None, ahead=2)[0]
    assert first.text == "2 commands started here have not ended: yours waits for its turn."


def test_a_machine_that_was_not_measured_is_not_called_well() -> None:
    notes = preflight(scenario(), FREE, None, ahead=0)
    assert [note.kind for note in notes] == ["ok", "warn"]
    assert "surgeline doctor" in notes[1].text


def test_a_rate_beyond_the_drivers_reach_would_be_refused() -> None:
    last = preflight(scenario(rate_per_s=500), FREE, _check(200.0), ahead=0)[-1]
    assert (last.kind, "the run would be refused" in last.text) == ("stop", True)


def test_the_doctors_remarks_are_repeated() -> None:
    notes = preflight(scenario(), FREE, _check(900.0, "Timers are late."), ahead=0)
    assert [(note.kind, note.text) for note in notes[1:]] == [
        ("ok", "The driver can make 900/s here, 130/s are needed."),
        ("warn", "Timers are late."),
    ]


def test_the_machine_is_looked_at() -> None:
    load = machine_load()
    assert 0.0 <= load.cpu_share <= 1.0
    assert load.waiting_per_core >= 0.0
