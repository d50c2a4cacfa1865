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
