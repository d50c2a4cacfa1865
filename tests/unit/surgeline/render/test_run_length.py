"""The lines of `surgeline check` on the length of a run."""

from __future__ import annotations

from math import inf

from harness.analyse.verdict.run_length import Length
from harness.assess.run_lengths import RunLengths
from harness.model.slo import parse
from surgeline.render.run_length import length_lines, length_text

P99 = parse("p99(latency) < 300ms")


def test_a_percentile_has_two_lengths_with_their_conditions():
    assert length_text(Length(P99, 4.2, 11.5, 250.0)) == (
        "p99(latency) < 300ms: at least 5 s at 250/s decide it when the true p99 is half of the limit, "
        "and 12 s whatever the shape of its tail"
    )


def test_what_no_length_decides_is_said():
    assert length_text(Length(P99, inf, inf, 250.0)).endswith("no length of a run decides it at 250/s")


def test_a_scenario_that_is_too_short_is_marked_and_the_assumption_is_named():
    short, assumed = length_lines(RunLengths([Length(P99, 18.0, 40.0, 250.0)], load=0.5), counted_s=17.0)
    assert short.plain.startswith("  ! ")
    assert short.plain.endswith("; this scenario has 17 s")
    assert "as in a queue at 50% load" in assumed.plain


def test_windows_are_compared_with_their_own_length():
    window = parse("ratio(error) < 5% over any 5s")
    enough, measured = length_lines(RunLengths([Length(window, 4.0, 4.0, 250.0)], run="r"), counted_s=2.0)
    assert enough.plain.startswith("  ✓ ")
    assert measured.plain.endswith("were measured in r.")
