"""What the shadow of a run has shown: whether the new policy's responses differ from those of the old one."""

from __future__ import annotations

from typing import Literal

from harness.model.formatting import format_share, format_value
from harness.model.verdict import Fail, Inconclusive, Pass, Verdict
from mock_upstream.config.toml import Frozen

FIELDS_NAMED, FIELDS_SHOWN = 3, 10
NOISE_AT_MOST = 0.1
"""The share of the old policy's own responses that may differ from each other while anything is said of the new one."""


class Repetitions(Frozen):
    """Calls that one policy has repeated, and how many of them failed or had a response that differed."""

    policy: str
    calls: int
    different: int

    @property
    def share(self) -> float:
        """Of the calls; 0 without any."""
        return self.different / self.calls if self.calls else 0.0

    @property
    def text(self) -> str:
        """For a sentence: "12 of 90 repetitions by careful"."""
        return f"{self.different:,} of {self.calls:,} repetitions by {self.policy}"


class FieldCount(Frozen):
    """How often one name ("status", "body.total") differed, by who repeated the call."""

    name: str
    new: int
    old: int


class ShadowResult(Frozen):
    """`decided_s` is when a difference was shown, from the run's start. `fields` begin with the most frequent one."""

    state: Literal["same", "differs", "undecided"]
    decided_s: float | None
    new: Repetitions
    old: Repetitions
    failed: int
    dropped: int
    fields: tuple[FieldCount, ...]

    @property
    def decision(self) -> str:
        """The decision with its counts, as one sentence."""
        counts = f"{self.new.text} differed from the first responses, and {self.old.text} itself"
        new, old = self.new.policy, self.old.policy
        match self.state:
            case "differs":
                after = format_value(self.decided_s, "s")
                return (
                    f"The responses of {new} are shown to differ from those of {old} after {after}: {counts}."
                )
            case "same":
                return f"The responses of {new} are shown not to differ from those of {old}: {counts}."
            case _:
                return (
                    f"It is not decided whether the responses of {new} differ from those of {old}: {counts}."
                )

    @property
    def details(self) -> str:
        """What differed most, what is needed for a decision, and how many calls were dropped: whole sentences."""
        found = []
        if named := [f"{field.name} ({field.new:,} times)" for field in self.fields if field.new]:
            found.append(f"With {self.new.policy} there differed most: {', '.join(named[:FIELDS_NAMED])}.")
        if self.failed:
            found.append(f"{self.failed:,} of its repetitions failed.")
        if self.state == "undecided":
            found.append(self._remedy)
        if self.dropped:
            found.append(f"{self.dropped:,} more calls were not repeated, because the queue was full.")
        return " ".join(found)

    @property
    def _remedy(self) -> str:
        if self.old.share > NOISE_AT_MOST:
            return (
                f"{format_share(self.old.share)} of the responses of {self.old.policy} differ from its own; name the "
                "fields that differ by themselves in shadow.ignored of the plan."
            )
        return "More repetitions are needed: use a larger shadow.share in the plan, or a longer run."

    @property
    def verdict(self) -> Verdict:
        """Pass for the same, Fail for a difference."""
        reasons = tuple(sentence for sentence in (self.decision, self.details) if sentence)
        match self.state:
            case "same":
                return Pass(reasons=reasons)
            case "differs":
                return Fail(reasons=reasons)
            case _:
                return Inconclusive(reasons=reasons)
