"""What a process holds of the machine, from outside: memory, descriptors, threads."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

MB = 1e6


@dataclass(frozen=True, slots=True)
class Sample:
    """One process at one time. Memory in MB: resident, its share of what is resident, and what it alone has."""

    at_s: float
    role: str
    pid: int
    rss_mb: float
    pss_mb: float
    uss_mb: float
    descriptors: int
    threads: int


def sampled(roles: Mapping[str, psutil.Process], at_s: float) -> list[Sample]:
    """A sample of each process that is still there."""
    found = []
    for role, process in roles.items():
        with suppress(psutil.Error), process.oneshot():
            memory = process.memory_full_info()
            sizes = [size / MB for size in (memory.rss, memory.pss, memory.uss)]
            found.append(Sample(at_s, role, process.pid, *sizes, process.num_fds(), process.num_threads()))
    return found


def parts_of_run(command: psutil.Process, name: str) -> dict[str, psutil.Process]:
    """The processes of a run by what they are: the command, its driver, its upstream, and its service if it has one."""
    found = {f"{name}: command": command}
    for child in command.children():
        module = " ".join(child.cmdline())
        for word, role in (
            ("harness.drive", "driver"),
            ("mock_upstream", "upstream"),
            ("guardian", "guardian"),
        ):
            if word in module:
                found[f"{name}: {role}"] = child
    for guardian in [process for role, process in found.items() if role.endswith("guardian")]:
        for master in guardian.children():
            found[f"{name}: gunicorn"] = master
            for number, worker in enumerate(master.children()):
                found[f"{name}: service process {number + 1}"] = worker
    return found


def keep(samples: list[Sample], path: Path) -> None:
    """Writes the samples as CSV."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(Sample.__dataclass_fields__))
        writer.writeheader()
        writer.writerows(asdict(sample) for sample in samples)
