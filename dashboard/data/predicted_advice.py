"""What the twin predicts of an advice, by a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from dashboard.data.low_priority import LowPriorityProcess
from harness.lab.settings import runs_folder
from harness.model.advice_map import AdviceMap
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from harness.record.calibration_file import calibration_of
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile


class AdviceQuestion(Frozen):
    """What is asked of the process: an advised policy and its conditions, and whether others are searched."""

    policy: Policy
    scenario: Scenario
    upstream: Profile
    search: bool
    repeatable: bool


def start_advice_map(question: AdviceQuestion, runs: Path) -> LowPriorityProcess:
    """The process, over the runs folder, whose calibration it uses."""
    return LowPriorityProcess(__name__, runs, given=question.model_dump_json())


def read_advice_map(text: str) -> AdviceMap:
    """What the process printed."""
    return AdviceMap.model_validate_json(text)


def main() -> None:
    """The process: a question on standard input, the map on standard output."""
    from harness.twin.slo_states import advice_map

    asked = AdviceQuestion.model_validate_json(sys.stdin.read())
    found = advice_map(
        asked.policy, asked.scenario, asked.upstream, search=asked.search, repeatable=asked.repeatable,
        calibration=calibration_of(runs_folder()),
    )  # fmt: skip
    sys.stdout.write(found.model_dump_json())
