"""A rehearsed incident: the tiles of its clock, and its repetitions."""

from __future__ import annotations

from pathlib import Path

from dashboard.data import rehearsal_frames
from harness.analyse.recovery_clock import RecoveryClock
from harness.assess.rehearsals import rehearsal_of
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_runs import STARTED, TEXTBOOK

ONE = made_runs.scenario()
RUN = made_runs.run_of(TEXTBOOK, ONE, STARTED)


def test_the_clock_names_what_is_asked_and_whether_it_is_met() -> None:
    tiles = rehearsal_frames.tiles(RecoveryClock("waiting", 7.0, 2.0, 0.54, 0.4, 0.25))
    assert tiles[0][:2] == ("Since the trigger ended", "7 s")
    assert [below[0] for _, _, below in tiles[1:]] == ["✗", "✗", "✗"]
    assert tiles[2][2] == "✗ required: 250 ms at most"


def test_a_p99_that_failed_calls_reach_is_not_reached() -> None:
    tile = rehearsal_frames.tiles(RecoveryClock("waiting", 7.0, 2.0, 0.54, float("inf"), 0.25))[2]
    assert tile == ("Latency p99", "not reached", "✗ required: 250 ms at most")


def test_a_clock_that_stopped_says_after_how_long() -> None:
    assert rehearsal_frames.tiles(RecoveryClock("back", 7.0, 5.0, 0.99, 0.1, 0.25))[0][:2] == (
        "✓ Recovered after",
        "7 s",
    )


def test_the_trigger_is_told_in_words() -> None:
    assert rehearsal_frames.trigger_text(RUN.scenario) == "slowdown at 10 s for 8 s; then 12 s to recover"


def test_only_runs_of_the_same_incident_and_policy_are_beside_each_other(incident: dict[str, Path]) -> None:
    records = [open_run(incident[name]) for name in ("pulled", "alone", "killed")]
    other = open_run(made_runs.complete(incident["alone"].parent.parent / "other", made_runs.CAREFUL))
    found = rehearsal_frames.repetitions_of(records[1], [*records, other])
    assert [r.run.id for r in found] == [records[0].run.id, records[1].run.id]


def test_the_board_names_the_levers_of_every_repetition(incident: dict[str, Path]) -> None:
    board = rehearsal_frames.repetition_table(
        rehearsal_of([open_run(incident[name]) for name in ("alone", "pulled")])
    )
    assert set(board["Levers"]) == {"none, by itself", "retries total=0, then throttle rate_per_s=60.0"}
