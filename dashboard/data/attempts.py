"""All attempts at one incident: grouped by their levers, ranked by the calls that they lost, and over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import pandas as pd

from dashboard.data.rehearsal_frames import recovery_label
from harness.model.lever import levers_text
from harness.model.rehearsal import Rehearsal, Repetition

BY_ITSELF = "no lever"


@dataclass(frozen=True, slots=True)
class LeverAttempts:
    """The attempts with the same levers in the same order; `levers` is their text."""

    levers: str
    repetitions: tuple[Repetition, ...]

    @property
    def lost(self) -> list[float]:
        """The calls that each attempt lost, fewest first."""
        return sorted(r.lost.number for r in self.repetitions)

    @property
    def recovered(self) -> int:
        """How many of the attempts recovered."""
        return sum(r.recovered for r in self.repetitions)


def ranked_attempts(found: Rehearsal) -> list[LeverAttempts]:
    """The attempts by their levers: those whose median attempt lost the fewest calls first."""
    by_levers: dict[str, list[Repetition]] = {}
    for repetition in found.repetitions:
        by_levers.setdefault(levers_text(repetition.levers) if repetition.levers else BY_ITSELF, []).append(
            repetition
        )
    grouped = [LeverAttempts(levers, tuple(repetitions)) for levers, repetitions in by_levers.items()]
    return sorted(
        grouped, key=lambda one: (median(one.lost), -one.recovered / len(one.repetitions), one.levers)
    )


def attempts_sentence(ranked: list[LeverAttempts]) -> str:
    """Which levers lost the fewest calls, and whether the spread of the attempts shows a difference."""
    best, *others = ranked
    if not others:
        how = "no attempt with a lever" if best.levers == BY_ITSELF else "no attempt without a lever"
        return f"{_lost(best)} There is {how} yet to compare with; rehearse the incident again."
    second = others[0]
    apart = best.lost[-1] < second.lost[0]
    if min(len(best.repetitions), len(second.repetitions)) < 2:
        shown = "One attempt has no spread, so repeat both to see whether the difference is more than chance."
    elif apart:
        shown = "Each attempt of the first lost fewer calls than every attempt of the second."
    else:
        shown = "The attempts of the two overlap, so a difference is not shown."
    return f"{_lost(best)} {_lost(second)} {shown}"


def attempt_table(ranked: list[LeverAttempts]) -> pd.DataFrame:
    """One row per set of levers, fewest lost calls first, a text in every cell."""
    rows = [
        {
            "Place": str(place),
            "Levers": one.levers,
            "Attempts": str(len(one.repetitions)),
            "Calls lost, median": f"{median(one.lost):,.0f}",
            "Lowest – highest": f"{one.lost[0]:,.0f} – {one.lost[-1]:,.0f}"
            if len(one.lost) > 1
            else "one attempt",
            "Recovered": f"{one.recovered} of {len(one.repetitions)}",
            "Recovery of each": ", ".join(recovery_label(r) for r in one.repetitions),
        }
        for place, one in enumerate(ranked, 1)
    ]
    return pd.DataFrame(rows)


def attempts_over_time(ranked: list[LeverAttempts], seconds: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The goodput of each attempt over time: at_s, value (calls per second), levers, run; in the order of the ranks.

    `seconds` has timeline.per_second of each run by its id.
    """
    frames = [
        seconds[r.run][["at_s", "goodput"]]
        .rename(columns={"goodput": "value"})
        .assign(levers=one.levers, run=r.run)
        for one in ranked
        for r in one.repetitions
        if r.run in seconds
    ]
    return pd.concat(frames, ignore_index=True)


def _lost(one: LeverAttempts) -> str:
    """How many calls were lost, with the spread of several attempts."""
    n, (fewest, *_, most) = len(one.lost), (*one.lost, one.lost[-1])
    spread = f"{fewest:,.0f} in each" if fewest == most else f"{fewest:,.0f} to {most:,.0f}"
    levers = "Without a lever" if one.levers == BY_ITSELF else f"With {one.levers}"
    return (
        f"{levers}, {median(one.lost):,.0f} calls were lost{f' ({spread} of {n} attempts)' if n > 1 else ''}."
    )
