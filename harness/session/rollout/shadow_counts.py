"""What a shadow has compared so far, and how strongly it speaks for a difference, or for none."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf, log
from typing import Literal

from harness.model.shadow_result import NOISE_AT_MOST
from harness.session.rollout.evidence import above, below

By = Literal["new", "old"]
SAMPLES = 20
FOR_NOISE = 0.5
"""The probability that a call is repeated by the old policy."""
DIFFERS_FROM = log(20.0)
"""ln of the evidence from which the new policy's responses differ more than the old one's own: 95%."""
SAME_FROM = log(2.0 / 0.05)
"""ln of the evidence from which they do not; each of two ways has half of the 5%."""
NEGLIGIBLE, MARGIN_RATIO = 0.01, 1.5
"""What counts as none: a share of the new policy's responses, or a ratio to the old one's own, if those are few."""


@dataclass(slots=True)
class ShadowCounts:
    """What was compared so far. `noise` are responses of the old policy that were compared with its own.

    `dropped` were not sent, because as many as the queue holds were waiting; `failed` are calls that only the new
    policy failed. `samples` name what differed in the last ones, without any value. `highest` is the highest evidence
    of a difference so far, as a ratio of what is needed.
    """

    compared: int = 0
    different: int = 0
    failed: int = 0
    noise: int = 0
    noise_different: int = 0
    dropped: int = 0
    samples: deque[list[str]] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    highest: float = 0.0

    def add(self, by: By, different: list[str], *, failed: bool = False) -> None:
        """One more repetition, with the names of what differed."""
        if by == "old":
            self.noise += 1
            self.noise_different += bool(different)
        else:
            self.compared += 1
            self.failed += failed
            self.different += bool(different) and not failed
        if different:
            self.highest = max(self.highest, self._difference)
            if by == "new":
                self.samples.append(different)

    @property
    def differs(self) -> bool:
        """Whether the new policy's responses are shown to differ more often than the old one's own responses do.

        Which policy repeats a call is drawn, so that a response that differs by itself is as likely to be counted on
        either side, whatever calls come in which order.
        """
        return self.evidence["difference"] >= 1.0

    @property
    def repeated(self) -> dict[str, int]:
        """Repetitions that have ended, by the policy that sent them: "new" or "old"."""
        return {"new": self.compared, "old": self.noise}

    @property
    def differing(self) -> dict[str, int]:
        """Those whose response differed from the first one, or that failed."""
        return {"new": self.different + self.failed, "old": self.noise_different}

    @property
    def evidence(self) -> dict[str, float]:
        """Logarithms of the evidence over what is needed: at 1 it is shown. That of a difference is the highest one so
        far, that of none is what all counts together say."""
        return {"difference": max(self.highest, self._difference), "no difference": self._sameness}

    @property
    def _difference(self) -> float:
        new, old = self.differing.values()
        return above(new, old, 1.0 - FOR_NOISE) / DIFFERS_FROM

    @property
    def _sameness(self) -> float:
        new, old = self.differing.values()
        found = below(new, self.compared - new, NEGLIGIBLE)
        ratio = MARGIN_RATIO * (1.0 - FOR_NOISE)
        few = old <= NOISE_AT_MOST * self.noise
        return max(found, below(new, old, ratio / (ratio + FOR_NOISE)) if few else -inf) / SAME_FROM


def least_repetitions() -> int:
    """How many repetitions show that there is no difference, at the least: when none of them differs."""
    by_new = 1
    while ShadowCounts(compared=by_new).evidence["no difference"] < 1.0:
        by_new += 1
    return round(by_new / (1.0 - FOR_NOISE))
