"""What a runbook says."""

from __future__ import annotations

from harness.incidents.runbook import runbook
from tests.unit.harness.incidents.repetitions import rehearsal, repetition
from tests.unit.harness.model.levers import lever


def test_the_runbook_answers_first_and_lists_only_what_worked() -> None:
    text = runbook(
        rehearsal(
            repetition(30, back=False),
            repetition(4, lever("throttle", rate_per_s=100), back=True),
            repetition(30, lever("budget", ratio=0.1), back=False),
        )
    )
    assert text.index("**No.**") < text.index("1. `surgeline lever RUN throttle --rate_per_s 100.0`")
    assert "2. `" not in text
    assert "| budget ratio=0.1 | not within 30.0 s |" in text


def test_the_runbook_spells_levers_as_the_command_line_reads_them() -> None:
    levers = (lever("retries", total=False), lever("breaker", state="open"))
    text = runbook(rehearsal(repetition(4, *levers, back=True)))
    assert (
        "`surgeline lever RUN retries --total false`, then `surgeline lever RUN breaker --state open`" in text
    )


def test_a_runbook_without_a_helpful_lever_names_a_restart() -> None:
    text = runbook(
        rehearsal(repetition(30, back=False), repetition(30, lever("pool", maxsize=5), back=False))
    )
    assert "The client recovered with none of the tested levers" in text


def test_a_lever_that_helps_in_part_is_a_step_with_what_it_saved() -> None:
    text = runbook(
        rehearsal(
            repetition(33, back=False, lost=9203),
            repetition(33, lever("retries", total=False), back=False, lost=3600),
            repetition(33, lever("pool", maxsize=5), back=False, lost=9100),
        )
    )
    assert "The client recovered with none of the tested levers" in text
    assert "1. `surgeline lever RUN retries --total false`: did not recover: not within 33.0 s" in text
    assert "3,600 calls failed, 9,203 without a lever." in text
    assert "2. `" not in text


def test_the_lever_that_loses_the_fewest_calls_is_tried_first() -> None:
    text = runbook(
        rehearsal(
            repetition(33, back=False, lost=9000),
            repetition(4, lever("pool", maxsize=5), back=True, lost=5000),
            repetition(6, lever("retries", total=False), back=True, lost=400),
        )
    )
    assert text.index("lever RUN retries") < text.index("lever RUN pool")
