"""The seconds of a rollout: what one process counted, or what all processes of a service counted together.

Processes that count together append a line for each of their seconds to one file, and each of them plays all lines
through a decision of its own. The lines and their order are the same for all, and so is what they decide; a process
that starts later reads them from the beginning. A line is appended by one system call: there is no lock that a killed
process could leave behind.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan
from harness.session.rollout.decision import ArmSecond, RolloutDecision
from mock_upstream.config.syntax import parse_json

LOG = logging.getLogger("surgeline")
LONGEST_GAP_S, LATE_S = 60, 60
NOTHING = ArmSecond(0, 0)


class RolloutSeconds(Protocol):
    """What is done with a second: `decision` is the state after it."""

    decision: RolloutDecision

    def count(self, at: int, canary: ArmSecond, baseline: ArmSecond, gone: int) -> None:
        """Takes what was counted at the decision's step in the second `at` of the machine's monotonic clock, and in
        the `gone - 1` seconds after it."""


class OwnSeconds:
    """The seconds of a process that decides by its own counts."""

    def __init__(self, decision: RolloutDecision) -> None:
        self.decision = decision

    def count(self, at: int, canary: ArmSecond, baseline: ArmSecond, gone: int) -> None:
        """All calls belong to the first second; there was none in the others."""
        del at
        self.decision.add(canary, baseline)
        for _ in range(min(gone - 1, LONGEST_GAP_S)):
            self.decision.add(NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class SecondOfProcess:
    """One line of the file: a second of the machine's monotonic clock, and what a process counted in it at a step."""

    at: int
    step: int
    canary: ArmSecond
    baseline: ArmSecond

    def line(self) -> bytes:
        """As JSON."""
        fields = {
            "at": self.at, "step": self.step, "canary": astuple(self.canary), "baseline": astuple(self.baseline),
        }  # fmt: skip
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def parsed(line: bytes) -> SecondOfProcess | None:
    """The second that a line holds; None for a line that is damaged, which every process then leaves out."""
    try:
        fields: Any = parse_json(line)
        canary, baseline = (ArmSecond(*map(_count, fields[side])) for side in ("canary", "baseline"))
        return SecondOfProcess(_count(fields["at"]), _count(fields["step"]), canary, baseline)
    except (ValueError, TypeError, KeyError):
        return None


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


class JoinedSeconds:
    """Adds up the lines of one second, whoever wrote them, and hands the sum to the decision once the next begins.

    A line that comes late is counted in the second that is open. Calls that were sent at another step are left out,
    because another share of them was the canary's.
    """

    def __init__(self, decision: RolloutDecision) -> None:
        self.decision, self._at = decision, -1
        self._canary = self._baseline = NOTHING

    def add(self, second: SecondOfProcess) -> None:
        """One more line, in the order of the file."""
        if self._at < 0:
            self._at = second.at
        elif not self._at - LATE_S <= second.at <= self._at:
            self._close(second.at)
        if second.step == self.decision.step:
            self._canary, self._baseline = self._canary + second.canary, self._baseline + second.baseline

    def _close(self, following: int) -> None:
        self.decision.add(self._canary, self._baseline)
        for _ in range(min(following - self._at - 1, LONGEST_GAP_S)):
            self.decision.add(NOTHING, NOTHING)
        self._at, self._canary, self._baseline = following, NOTHING, NOTHING


class SharedSeconds:
    """The seconds of all processes that have the same file, which may be on a local disk only.

    A process that cannot write or read it goes on with its own counts, and writes a line of error.
    """

    def __init__(self, plan: RolloutPlan, path: Path) -> None:
        """Plays what others have written. Raises ConfigError when the file cannot be used."""
        self.decision, self._path = RolloutDecision(plan), path
        self._joined, self._offset = JoinedSeconds(self.decision), 0
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._append(b"")
            self._read()
        except OSError as error:
            raise ConfigError(
                str(path), "", f"cannot be used: {error.strerror}; name a folder that the service may write"
            ) from None

    def count(self, at: int, canary: ArmSecond, baseline: ArmSecond, gone: int) -> None:
        """Writes this process's calls, and takes what all processes have written."""
        del gone  # The next line tells it.
        if self.decision.state != "comparing":
            return
        second = SecondOfProcess(at, self.decision.step, canary, baseline)
        try:
            self._append(second.line())
            self._read()
        except OSError as error:
            LOG.error("The rollout's counts %s cannot be shared, and this process goes on with its own: %s",
                      self._path, error.strerror)  # fmt: skip
            self._joined.add(second)

    def _append(self, line: bytes) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def _read(self) -> None:
        with self._path.open("rb") as file:
            if file.seek(0, os.SEEK_END) < self._offset:
                raise OSError(errno.ESTALE, "it is shorter than before")
            file.seek(self._offset)
            complete, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(complete) + len(newline)
        for line in complete.split(b"\n"):
            if (second := parsed(line)) is not None:
                self._joined.add(second)


def shared_path(folder: Path, plan: RolloutPlan, old: Policy, new: Policy) -> Path:
    """The file of one rollout: of this plan, from this policy to that one. Another change begins another file."""
    content = "\n".join(part.model_dump_json() for part in (plan, old, new))
    name = re.sub(r"[^\w.-]+", "_", plan.name)
    return folder / f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}.jsonl"
