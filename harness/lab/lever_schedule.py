"""Which of a scenario's levers are due: at their time, or when their condition has held."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import inf

from harness.model.driver_messages import Progress
from harness.model.lever import Pull
from harness.model.scenario import TimelineLever
from harness.model.slo import Threshold, parse

WHO = "timeline"
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class LeverSchedule:
    """Decides; the conductor pulls. Each lever is due once."""

    def __init__(self, entries: Sequence[TimelineLever]) -> None:
        self._open = dict(enumerate(entries))
        self._holding_since_s: dict[int, float] = {}

    def due(self, now_s: float, last: Progress | None) -> list[Pull]:
        """The levers to pull at `now_s` seconds since the epoch, `last` being the last second's progress."""
        ripe = [number for number, entry in self._open.items() if self._is_ripe(number, entry, now_s, last)]
        return [Pull(id=f"timeline-{number}", who=WHO, lever=self._open.pop(number).pull) for number in ripe]

    def _is_ripe(self, number: int, entry: TimelineLever, now_s: float, last: Progress | None) -> bool:
        if now_s < entry.at_s:
            return False
        if not entry.when:
            return True
        if last is None or not holds(parse(entry.when), last):
            self._holding_since_s.pop(number, None)
            return False
        return now_s - self._holding_since_s.setdefault(number, now_s) >= entry.hold_s


def holds(threshold: Threshold, second: Progress) -> bool:
    """Whether the last second is on the threshold's side; without calls it is False."""
    if second.rate_per_s == 0:
        return False
    value = {
        "latency.p99": (second.p99_s or 0.0) if second.p99_reached else inf,
        "error_ratio": 1.0 - second.good_per_s / second.rate_per_s,
        "goodput": second.good_per_s,
    }[threshold.measurement]
    return bool(_COMPARE[threshold.comparison](value, threshold.limit))
