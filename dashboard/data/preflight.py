"""What is known before a run about whether it can be judged: how busy the machine is, and what it can generate."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

import psutil

from harness.model.formatting import format_value
from harness.model.machine_check import MachineCheck
from harness.model.scenario import Scenario

LOOK_S = 0.3
BUSY_SHARE, CROWDED = 0.5, 0.75
"""From this share of the processor time, or this many waiting processes for each core, a machine is busy."""


@dataclass(frozen=True, slots=True)
class MachineLoad:
    """The share of all cores that is in use at this moment, and the processes per core of the last minute."""

    cpu_share: float
    waiting_per_core: float

    @property
    def busy(self) -> bool:
        """Whether driver and upstream would probably have to wait for a core."""
        return self.cpu_share > BUSY_SHARE or self.waiting_per_core > CROWDED


@dataclass(frozen=True, slots=True)
class PreflightNote:
    """One line of the preflight: `stop` for a run that would be refused, `warn` for one that may be undecided."""

    kind: Literal["ok", "warn", "stop"]
    text: str


def machine_load() -> MachineLoad:
    """Looks at the machine for 0.3 s."""
    return MachineLoad(psutil.cpu_percent(LOOK_S) / 100.0, os.getloadavg()[0] / max(1, os.cpu_count() or 1))


def preflight(
    scenario: Scenario, load: MachineLoad, check: MachineCheck | None, ahead: int
) -> list[PreflightNote]:
    """What speaks against starting now. `ahead` counts the commands that were started here and have not ended."""
    notes = []
    if ahead:
        many = f"{ahead} command{'s' * (ahead != 1)} started here {'have' if ahead != 1 else 'has'} not ended"
        notes.append(PreflightNote("warn", f"{many}: yours waits for its turn."))
    elif load.busy:
        seen = f"{load.cpu_share:.0%} of its processor time is used"
        notes.append(PreflightNote("warn", f"This machine is busy ({seen}): expect an undecided verdict."))
    else:
        notes.append(PreflightNote("ok", f"This machine is free: {load.cpu_share:.0%} of its cores is used."))
    return [*notes, *_by_doctor(scenario, check)]


def _by_doctor(scenario: Scenario, check: MachineCheck | None) -> list[PreflightNote]:
    if check is None:
        return [
            PreflightNote(
                "warn",
                "The limits of this machine are not known. surgeline doctor measures them in two minutes.",
            )
        ]
    most, processes = scenario.most_per_s, scenario.service.processes
    reach = check.driver_ceiling_per_s * processes
    if most > reach:
        text = (
            f"The plan needs {format_value(most, '1/s')}, and {processes} process{'es' * (processes != 1)} of the "
            f"driver can make {format_value(reach, '1/s')} here: the run would be refused."
        )
        return [PreflightNote("stop", text)]
    text = f"The driver can make {format_value(reach, '1/s')} here, {format_value(most, '1/s')} are needed."
    return [PreflightNote("ok", text), *(PreflightNote("warn", remark) for remark in check.remarks)]
