"""The levers of an incident as sliders and choices: which there are for a run, what they wish, what lets them go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.model.lever_catalogue import RELEASES
from harness.model.run import Run

Number = int | float


@dataclass(frozen=True, slots=True)
class LeverSlider:
    """One lever with one setting: a slider from `low` to `high`, or one of `choices`.

    `scale` turns what is shown into what is set, as percent into a ratio. `release` is the wish that lets it go.
    """

    lever: str
    title: str
    does: str
    setting: str
    release: dict[str, Any]
    low: Number = 0
    high: Number = 0
    start: Number = 0
    step: Number = 1
    shown: str = "%d"
    scale: float = 1.0
    choices: tuple[str, ...] = ()
    also: tuple[tuple[str, Any], ...] = ()

    def wish(self, value: Any) -> dict[str, Any]:
        """What pulling the lever to `value`, as it is shown, asks of the run."""
        given = value if self.choices or self.scale == 1.0 else round(value * self.scale, 6)
        return {"lever": self.lever, self.setting: given, **dict(self.also)}

    def words(self, value: Any) -> str:
        """`Throttle: 120/s`."""
        return f"{self.title}: {value if self.choices else self.shown % value}"


def lever_sliders(run: Run) -> list[LeverSlider]:
    """The levers that people reach for, with ranges that fit the run; the first four are the usual ones."""
    return [*_usual(run), *_waits(run), *_sizes(run)]


def _usual(run: Run) -> list[LeverSlider]:
    rates = [float(rate) for phase in run.scenario.arrivals if (rate := getattr(phase, "rate_per_s", None))]
    each = max(2.0, max(rates, default=100.0) / run.scenario.service.processes)
    return [
        LeverSlider(
            "retries", "Retries a call", "At most so many retries of a call; 0 for none.", "total",
            RELEASES["retries"], high=max(5, run.policy.attempts_at_most),
        ),
        LeverSlider(
            "throttle", "Throttle", "At most so many attempts a second from each process.", "rate_per_s",
            RELEASES["throttle"], low=1, high=round(2 * each), start=round(each / 2), shown="%d/s",
        ),
        LeverSlider(
            "budget", "Retry budget", "Retries are at most this share of calls.", "ratio",
            RELEASES["budget"], low=1, high=100, start=10, shown="%d%%", scale=0.01,
        ),
        LeverSlider(
            "breaker", "Breaker", "Open: every call is refused at once. Closed: every call goes out.", "state",
            RELEASES["breaker"], choices=("open", "closed"),
        ),
    ]  # fmt: skip


def _waits(run: Run) -> list[LeverSlider]:
    own_read_s = run.policy.timeout.read_s or 5.0
    return [
        LeverSlider(
            "timeouts", "Read timeout", "How long every attempt waits for an answer, from now on.", "read_s",
            RELEASES["timeouts"], low=0.05, high=round(max(10.0, 2 * own_read_s), 2), start=0.5, step=0.05,
            shown="%.2f s",
        ),
        LeverSlider(
            "cache", "Cache", "Answers GETs from a cache of each process, for so long.", "ttl_s",
            RELEASES["cache"], low=1, high=120, start=10, shown="%d s", also=(("on", True),),
        ),
    ]  # fmt: skip


def _sizes(run: Run) -> list[LeverSlider]:
    """What is counted; letting go sets it back. More processes can be had only where there are several already."""
    service, slots = run.scenario.service, run.policy.adapter.pool_maxsize
    found = [
        _size(
            "threads", "Threads", "Threads of each process of the service.", "count", service.threads, 5000
        ),
        _size("pool", "Pool", "Slots of every connection pool.", "maxsize", slots, max(100, 4 * slots)),
    ]
    if service.processes > 1:
        does = "Processes of the service: more are started, fewer are drained."
        found.append(_size("processes", "Processes", does, "count", service.processes, 64))
    return found


def _size(lever: str, title: str, does: str, setting: str, own: int, most: int) -> LeverSlider:
    release = {"lever": lever, setting: own}
    start = min(most, 2 * own)
    return LeverSlider(
        lever, title, does, setting, release, low=1, high=max(start, min(most, 4 * own)), start=start
    )
