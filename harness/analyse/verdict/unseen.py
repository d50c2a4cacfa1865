"""What a run cannot have shown: an event so rare that the run may have ended before the first one."""

from __future__ import annotations

from math import floor

from harness.model.verdict import Verdict

RULE_OF_THREE = 3.0


def longest_unseen_s(counted_s: float) -> float:
    """The mean interval in seconds from which on an event that occurs at random may be missing in `counted_s` seconds.

    An event that occurs once in N seconds on average is missing in T seconds with the probability exp(-T/N), which is
    5% at N = T/3 (the rule of three: Hanley and Lippman-Hand, JAMA 249, 1983). Of more frequent events 95% of such
    runs have at least one.
    """
    return counted_s / RULE_OF_THREE


def unseen_text(unseen_s: float) -> str:
    """What `longest_unseen_s` means, in a sentence; rounded down to a tenth of a second."""
    often = f"{floor(unseen_s * 10) / 10:,.1f}".removesuffix(".0")
    return f"An event that occurs once in {often} s or more rarely may not have occurred in this run."


def unseen_sentences(verdict: Verdict) -> list[str]:
    """What a pass cannot have seen, as one sentence; none for another verdict, or in an older record."""
    known = verdict.unseen_s if verdict.kind == "pass" else None
    return [] if known is None else [unseen_text(known)]
