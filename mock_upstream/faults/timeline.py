"""Faults at their time: what a profile's timeline says, done on the loop's clock, and told as events."""

import asyncio
from collections.abc import Callable, Mapping

from pydantic import NonNegativeFloat, PositiveFloat

from mock_upstream.config.toml import Frozen
from mock_upstream.faults import Fault
from mock_upstream.faults.active import ActiveFault, ActiveFaults
from mock_upstream.faults.base import FaultRule

_KEPT = 10_000
_RULE = "timeline."


class TimelineFault(Frozen):
    """A fault that is on from `at_s` for `for_s` seconds (to the end without it), on the timeline's clock."""

    at_s: NonNegativeFloat
    for_s: PositiveFloat | None = None
    ramp_s: NonNegativeFloat = 0.0
    """Over so many seconds the ratio grows from nothing to the fault's own."""
    fault: Fault


class Events:
    """What really happened to the faults, when: a bounded list, numbered from 0."""

    def __init__(self) -> None:
        self.next = 0
        self._events: list[dict[str, object]] = []

    def add(self, at_s: float, name: str, action: str, detail: Mapping[str, object]) -> None:
        """Add what has just happened at `at_s` (monotonic seconds)."""
        event = {"seq": self.next, "at_s": at_s, "kind": "fault", "name": name, "action": action}
        self._events.append({**event, "detail": dict(detail)})
        self.next += 1
        del self._events[:-_KEPT]

    def read(self, after: int) -> list[dict[str, object]]:
        """Return the events from number `after` on, as far as they are kept."""
        events, following = list(self._events), self.next
        return events[max(0, after - (following - len(events))) :]


Effect = Callable[[FaultRule, bool], None]
"""Called with a fault that hits the upstream as a whole, when it begins (True) and when it ends (False)."""


class Timeline:
    """Turns faults on and off at their time; `effect` is told too, for what isn't a request's fate."""

    def __init__(
        self, rules: ActiveFaults, events: Events, loop: asyncio.AbstractEventLoop, effect: Effect
    ) -> None:
        self.rules = rules
        self.events = events
        self._loop = loop
        self._effect = effect
        self._timers: list[asyncio.TimerHandle] = []
        self._striking: list[ActiveFault] = []

    def start(self, entries: tuple[TimelineFault, ...], epoch_s: float) -> None:
        """Let every entry happen at `epoch_s + at_s`; a timeline that runs already starts over."""
        for timer in self._timers:
            timer.cancel()
        for armed in [each for each in self.rules.armed if each.rule.startswith(_RULE)]:
            self.turn_off(armed)
        self._timers = [
            self._loop.call_at(epoch_s + entry.at_s, self._begin, entry, f"{_RULE}{index}", epoch_s)
            for index, entry in enumerate(entries)
        ]

    def turn_on(self, fault: FaultRule, rule: str, now: float, ramp_s: float = 0.0) -> ActiveFault:
        """Turn a fault on now, and off again when its time to live is over."""
        armed = self.rules.on(fault, rule, now, ramp_s)
        detail = fault.model_dump(exclude_defaults=True, mode="json")
        self.events.add(now, armed.label, "on", detail | {"rule": rule})
        if fault.stage == "upstream":
            self._strike(armed, now)
        if fault.ttl_s is not None:
            self._loop.call_at(now + fault.ttl_s, self.turn_off, armed)
        return armed

    def turn_off(self, armed: ActiveFault) -> None:
        """Turn a fault off now."""
        if armed not in self.rules.armed:
            return
        self.rules.off(armed)
        if armed in self._striking:
            self._striking.remove(armed)
            self._effect(armed.fault, False)
        self.events.add(self._loop.time(), armed.label, "off", {"rule": armed.rule})

    def _strike(self, armed: ActiveFault, due_s: float) -> None:
        """Begin to hit the upstream; a fault that flaps lets go after a while, and comes back."""
        if armed not in self.rules.armed:
            return
        self._striking.append(armed)
        self._effect(armed.fault, True)
        if armed.fault.on_s is not None:
            until_s = due_s + armed.fault.on_s
            self._loop.call_at(until_s, self._relent, armed, until_s)

    def _relent(self, armed: ActiveFault, due_s: float) -> None:
        if armed in self._striking:
            self._striking.remove(armed)
            self._effect(armed.fault, False)
            self.events.add(self._loop.time(), armed.label, "rest", {"rule": armed.rule})
            again_s = due_s + armed.fault.off_s
            self._loop.call_at(again_s, self._strike, armed, again_s)

    def _begin(self, entry: TimelineFault, rule: str, epoch_s: float) -> None:
        armed = self.turn_on(entry.fault, rule, self._loop.time(), entry.ramp_s)
        if entry.for_s is not None:
            due_s = epoch_s + entry.at_s + entry.for_s
            self._timers.append(self._loop.call_at(due_s, self.turn_off, armed))
