"""What the intervals of a comparison are about, in words."""

from __future__ import annotations

from harness.model.formatting import format_value
from harness.model.run_effect import RunEffect
from harness.model.verdict import Comparison


def scope_text(comparison: Comparison) -> str:
    """Over how many runs the intervals are; of single runs, also how much identical runs differ. "" without any."""
    counts = {delta.runs for delta in comparison.deltas}
    if not counts:
        return ""
    fewest, most = min(counts), max(counts)
    if most == 1:
        return f"The intervals are between these two runs only. {_effect_text(comparison.run_effect)}"
    over = f"{most}" if fewest == most else f"{fewest} to {most}"
    several = f"The intervals are over {over} pairs of runs, and contain what differs between runs."
    if fewest > 1:
        return several
    return f"{several} With one pair, they are between these two runs only. {_effect_text(comparison.run_effect)}"


def _effect_text(effect: RunEffect) -> str:
    share = format_value(effect.usual, "ratio")
    known = (
        f"On this machine identical runs differ by up to {share} (surgeline doctor, {effect.runs} runs)"
        if effect.runs
        else "How much identical runs differ on this machine is unknown until surgeline doctor measures it; "
        f"{share} is assumed"
    )
    return f"{known}. A smaller difference is not shown; repeat with more seeds to find it."
