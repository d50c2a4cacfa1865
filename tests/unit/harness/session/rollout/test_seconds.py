"""Seconds that several processes count together: one order of lines, one decision."""

from __future__ import annotations

import logging
from pathlib import Path
from random import Random

import pytest

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan, RolloutStep
from harness.session.rollout.decision import ArmSecond, RolloutDecision
from harness.session.rollout.seconds import JoinedSeconds, SecondOfProcess, SharedSeconds, parsed, shared_path

PLAN = RolloutPlan(name="two", steps=(RolloutStep(share=0.2), RolloutStep(share=0.5)))


class Fleet:
    """Processes that count into one file; each has the state of a process of its own."""

    def __init__(self, path: Path, processes: int) -> None:
        self.path, self.at = path, 100
        self.processes = [self.started() for _ in range(processes)]

    def started(self) -> SharedSeconds:
        return SharedSeconds(PLAN, self.path)

    def second(self, canary: ArmSecond, baseline: ArmSecond) -> None:
        for process in self.processes:
            process.count(self.at, canary, baseline, 1)
        self.at += 1

    def caught_up(self) -> list[tuple[str, int, int]]:
        """State, step and seconds of each process, once it has read what the others wrote in the last second."""
        for process in self.processes:
            process.count(self.at, ArmSecond(0, 0), ArmSecond(0, 0), 1)
        return [(p.decision.state, p.decision.step, p.decision.seconds) for p in self.processes]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path / "counts" / "two.jsonl", processes=4)


def second(at: int, bad: int = 0, step: int = 0) -> SecondOfProcess:
    return SecondOfProcess(at, step, ArmSecond(10, bad), ArmSecond(40, 0))


def test_a_line_comes_back_as_it_was_written() -> None:
    written = SecondOfProcess(7, 1, ArmSecond(10, 2, 1, 3), ArmSecond(90, 4, 0, 1))
    assert parsed(written.line()) == written


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"7", b'{"at":1,"step":0,"canary":[1,2],"baseline":[-1,0]}', second(1).line()[5:]],
)
def test_a_damaged_line_is_left_out(line: bytes) -> None:
    assert parsed(line) is None


def test_what_no_process_alone_could_show_is_shown_by_all_together(fleet: Fleet) -> None:
    alone = RolloutDecision(PLAN)
    for number in range(40):
        turn = number % 4  # One bad call of each arm in a second of the service, always in another process.
        for index, process in enumerate(fleet.processes):
            process.count(fleet.at, ArmSecond(20, int(index == turn)), ArmSecond(80, int(index == turn)), 1)
        fleet.at += 1
        alone.add(ArmSecond(20, int(turn == 0)), ArmSecond(80, int(turn == 0)))
    assert alone.state == "comparing"
    assert {state for state, _, _ in fleet.caught_up()} == {"rolled back"}


def test_all_processes_come_to_the_same_decision_at_the_same_second(fleet: Fleet) -> None:
    draw = Random(3)
    for _ in range(60):
        for process in fleet.processes:
            if draw.random() < 0.8:  # The others had no call in this second.
                bad = int(draw.random() < 0.2)
                process.count(fleet.at, ArmSecond(5, bad), ArmSecond(20, 0), 1)
        fleet.at += 1
    assert len(set(fleet.caught_up())) == 1


def test_a_process_that_starts_later_knows_what_was_decided(fleet: Fleet) -> None:
    for _ in range(30):
        fleet.second(ArmSecond(50, 20), ArmSecond(200, 0))
    fleet.caught_up()
    late = fleet.started().decision
    assert (late.state, late.reason) == ("rolled back", fleet.processes[0].decision.reason)


def test_a_second_is_decided_on_when_the_next_has_begun() -> None:
    joined = JoinedSeconds(RolloutDecision(PLAN))
    for line in (second(5), second(5), second(4)):
        joined.add(line)
    assert joined.decision.seconds == 0
    joined.add(second(6))
    assert joined.decision.seconds == 1


def test_seconds_in_which_no_process_had_a_call_count_for_the_deadline() -> None:
    joined = JoinedSeconds(RolloutDecision(PLAN))
    joined.add(second(5))
    joined.add(second(10))
    assert joined.decision.seconds == 5


def test_a_clock_that_began_again_at_zero_stops_nothing() -> None:
    joined = JoinedSeconds(RolloutDecision(PLAN))
    for at in (100_000, 100_001, 3, 4):
        joined.add(second(at))
    assert joined.decision.seconds == 3


def test_calls_that_were_sent_at_another_step_are_left_out() -> None:
    joined = JoinedSeconds(RolloutDecision(PLAN))
    for at in range(60):
        joined.add(second(at, bad=10, step=1))
    assert joined.decision.state == "comparing"


def test_a_torn_line_at_the_end_is_read_once_it_is_complete(fleet: Fleet) -> None:
    whole = second(100, bad=3).line()
    with fleet.path.open("ab") as file:
        file.write(whole[:20])
        file.flush()
        reader = fleet.started()
        file.write(whole[20:] + second(101).line())
    reader.count(101, ArmSecond(0, 0), ArmSecond(0, 0), 1)
    assert reader.decision.seconds == 1
    assert reader.decision.evidence().worse > 0


def test_a_process_whose_file_breaks_decides_by_its_own_calls(
    fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    fleet.second(ArmSecond(50, 0), ArmSecond(200, 0))
    fleet.path.unlink()
    fleet.path.mkdir()
    with caplog.at_level(logging.ERROR, "surgeline"):
        for _ in range(30):
            fleet.processes[0].count(fleet.at, ArmSecond(50, 20), ArmSecond(200, 0), 1)
            fleet.at += 1
    assert fleet.processes[0].decision.state == "rolled back"
    assert "this process goes on with its own: Is a directory" in caplog.messages[0]


def test_a_file_that_was_shortened_is_an_error_and_not_silence(
    fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        fleet.second(ArmSecond(50, 0), ArmSecond(200, 0))
    fleet.path.write_bytes(b"")
    with caplog.at_level(logging.ERROR, "surgeline"):
        fleet.second(ArmSecond(50, 0), ArmSecond(200, 0))
    assert "it is shorter than before" in caplog.messages[0]


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="name a folder that the service may write"):
        SharedSeconds(PLAN, tmp_path / "file" / "two.jsonl")


def test_each_change_has_a_file_of_its_own() -> None:
    old, new, other = (Policy.model_validate({"name": name}) for name in ("old", "new", "other"))
    paths = {
        shared_path(Path("/f"), plan, *pair)
        for plan in (PLAN, PLAN.model_copy(update={"name": "again/../x"}))
        for pair in ((old, new), (new, old), (old, other))
    }
    assert len(paths) == 6
    assert {path.parent for path in paths} == {Path("/f")}


def test_a_line_that_is_nested_too_deep_is_damaged() -> None:
    assert parsed(b"[" * 100_000) is None
