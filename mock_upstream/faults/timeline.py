"""Faults at their time: a profile's timeline, run on the loop's clock, and recorded as events."""

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
    """The seconds over which the ratio grows from 0 to the fault's own."""
    fault: Fault


class Events:
    """When faults really began and ended: a bounded list, numbered from 0."""

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
"""Called with a fault of the upstream as a whole, when it begins (True) and when it ends (False)."""


class Timeline:
    """Activates and deactivates faults at their time; `effect` is called for faults of the upstream as a whole."""

    def __init__(
        self, rules: ActiveFaults, events: Events, loop: asyncio.AbstractEventLoop, effect: Effect
    ) -> None:
        self.rules = rules
        self.events = events
        self._loop = loop
        self._effect = effect
        self._timers: list[asyncio.TimerHandle] = []
        self._applied: list[ActiveFault] = []

    def start(self, entries: tuple[TimelineFault, ...], epoch_s: float) -> None:
        """Let every entry happen at `epoch_s + at_s`; a timeline that is running starts again."""
        for timer in self._timers:
            timer.cancel()
        for active in [each for each in self.rules.active if each.rule.startswith(_RULE)]:
            self.turn_off(active)
        self._timers = [
            self._loop.call_at(epoch_s + entry.at_s, self._begin, entry, f"{_RULE}{index}", epoch_s)
            for index, entry in enumerate(entries)
        ]

    def turn_on(self, fault: FaultRule, rule: str, now: float, ramp_s: float = 0.0) -> ActiveFault:
        """Activate a fault now, and deactivate it after its `ttl_s`."""
        active = self.rules.on(fault, rule, now, ramp_s)
        detail = fault.model_dump(exclude_defaults=True, mode="json")
        self.events.add(now, active.label, "on", detail | {"rule": rule})
        if fault.stage == "upstream":
            self._apply(active, now)
        if fault.ttl_s is not None:
            self._loop.call_at(now + fault.ttl_s, self.turn_off, active)
        return active

    def turn_off(self, active: ActiveFault) -> None:
        """Deactivate a fault now."""
        if active not in self.rules.active:
            return
        self.rules.off(active)
        if active in self._applied:
            self._applied.remove(active)
            self._effect(active.fault, False)
        self.events.add(self._loop.time(), active.label, "off", {"rule": active.rule})

    def _apply(self, active: ActiveFault, due_s: float) -> None:
        """Apply the fault to the upstream; one that flaps is reverted after `on_s`, and applied again."""
        if active not in self.rules.active:
            return
        self._applied.append(active)
        self._effect(active.fault, True)
        if active.fault.on_s is not None:
            until_s = due_s + active.fault.on_s
            self._loop.call_at(until_s, self._revert, active, until_s)

    def _revert(self, active: ActiveFault, due_s: float) -> None:
        if active in self._applied:
            self._applied.remove(active)
            self._effect(active.fault, False)
            self.events.add(self._loop.time(), active.label, "rest", {"rule": active.rule})
            again_s = due_s + active.fault.off_s
            self._loop.call_at(again_s, self._apply, active, again_s)

    def _begin(self, entry: TimelineFault, rule: str, epoch_s: float) -> None:
        active = self.turn_on(entry.fault, rule, self._loop.time(), entry.ramp_s)
        if entry.for_s is not None:
            due_s = epoch_s + entry.at_s + entry.for_s
            self._timers.append(self._loop.call_at(due_s, self.turn_off, active))
