"""One prediction of a run: the simulation, and its tables in the columns of a record."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.model.calibration import OVERHEAD_S
from harness.model.policy import Policy
from harness.model.quantities import DURATIONS, SUMMED_COLUMNS
from harness.model.scenario import Scenario
from harness.twin.compiled import is_compiled
from harness.twin.engine import play
from harness.twin.inputs import Route, world_of
from harness.twin.world import EVENTS, OUTCOMES, TRIES, Floats, Records, World
from mock_upstream.process.stop_signals import SIGNALS
from mock_upstream.profile import Profile

_OUTCOMES = np.array(OUTCOMES, object)
_OF_ATTEMPTS = ("throttle_s", "pool_wait_s", "limiter_wait_s", "hedge_wait_s", "first_byte_s")


@dataclass(frozen=True)
class Simulation:
    """A world after its run. Frames have the columns of a record's tables; what the twin leaves out is 0 in them."""

    policy: Policy
    scenario: Scenario
    routes: list[Route]
    world: World

    @property
    def events(self) -> int:
        """How many events were played."""
        return int(self.world.n[EVENTS])

    @property
    def attempts(self) -> Records:
        """The attempts that were sent, in their order: records of `world.ATTEMPTS`, shape (attempts,)."""
        return self.world.attempts[: self.world.n[TRIES]]

    @cached_property
    def calls_table(self) -> pd.DataFrame:
        """The calls that were made, in the order of their arrivals, as a record's reader gives them.

        A call that had not ended when the drain did is cancelled then.
        """
        calls, made = self.world.calls, ~np.isnan(self.world.calls["scheduled_s"])
        calls = calls[made]
        end_s = self.scenario.duration_s + self.scenario.drain_s
        scheduled_s, started_s = calls["scheduled_s"], np.nan_to_num(calls["started_s"], nan=end_s)
        columns: dict[str, object] = {name: calls[name] for name in ("arrival", "step", "status", "attempts")}
        columns |= {name: self._of_route(calls, place) for place, name in ((0, "method"), (2, "route"))}
        columns |= {"scheduled_s": scheduled_s, "dispatched_s": scheduled_s, "started_s": started_s}
        columns["ended_s"] = np.nan_to_num(calls["ended_s"], nan=end_s)
        columns["outcome"] = _OUTCOMES[calls["outcome"]]
        columns |= {"caller": 0, "arm": "", "error": ""}
        columns |= {name: sums[made] for name, sums in self._sums().items()}
        frame = pd.DataFrame(columns)
        for row in DURATIONS:
            if row.between:
                begin, end = row.between
                frame[row.field] = (frame[end] - frame[begin]).clip(lower=0)
        return frame

    @cached_property
    def attempts_table(self) -> pd.DataFrame:
        """The attempts, as a record has them; without those columns that no measurement needs."""
        attempts = self.attempts
        of_call = self.world.calls[attempts["call"]]
        held, backoff_s = attempts["held"], attempts["backoff_s"]
        columns: dict[str, object] = {name: of_call[name] for name in ("arrival", "step")}
        columns |= {name: attempts[name] for name in ("number", "started_s", *_OF_ATTEMPTS, "status")}
        columns |= {"backoff_s": backoff_s, "backoff_held": held, "discarded": attempts["discarded"]}
        columns |= {"new_connection": attempts["new"], "hedge": attempts["hedge"], "lost": attempts["lost"]}
        columns["error"] = np.where(attempts["outcome"] > 0, _OUTCOMES[attempts["outcome"]], "")
        return pd.DataFrame(columns)

    @cached_property
    def served_table(self) -> pd.DataFrame:
        """What the upstream received, with the columns that analyses of its load need."""
        attempts = self.attempts
        served = attempts[~np.isnan(attempts["arrived_s"])]
        columns: dict[str, object] = {"arrived_s": served["arrived_s"], "attempt": served["number"]}
        columns["queue_wait_s"] = np.nan_to_num(served["work_from_s"] - served["arrived_s"])
        columns["service_s"] = np.nan_to_num(served["work_until_s"] - served["work_from_s"])
        columns["ended_s"] = np.nan_to_num(served["work_until_s"], nan=np.inf)
        columns |= {"status": served["status"], "client_gone": served["gone"]}
        return pd.DataFrame(columns)

    @cached_property
    def evidence(self) -> Evidence:
        """The simulated run as analyses take it."""
        return replace(self.evidence_of_calls, attempts=self.attempts_table, served=self.served_table)

    @cached_property
    def evidence_of_calls(self) -> Evidence:
        """The simulated run without its attempts and what the upstream received: enough for `values_of`."""
        calls = self.calls_table.sort_values("scheduled_s", kind="stable", ignore_index=True)
        scenario, nothing = self.scenario, pd.DataFrame()
        return Evidence(
            policy=self.policy.name, scenario=scenario.name, seed=scenario.seed, slo=scenario.slo,
            duration_s=scenario.duration_s, calls=calls, attempts=nothing, pool=nothing, driver=nothing,
            served=nothing, changes_s=scenario.changes_s, trigger_s=scenario.trigger_s,
            most_attempts=max(2, self.policy.attempts_at_most),
        )  # fmt: skip

    def _of_route(self, calls: Records, place: int) -> Records:
        return np.array([route[place] for route in self.routes], object)[calls["route"]]

    def _sums(self) -> dict[str, Floats]:
        """Over each call's attempts without those that were lost to another one, shape (planned calls,)."""
        attempts, planned = self.attempts[~self.attempts["lost"]], len(self.world.calls)

        def summed(seconds: Floats) -> Floats:
            return np.bincount(attempts["call"], seconds, planned).astype(float)

        found = {name: np.zeros(planned) for name in SUMMED_COLUMNS}
        found |= {name: summed(attempts[name]) for name in _OF_ATTEMPTS}
        found["backoff_s"] = summed(np.where(attempts["held"], 0.0, attempts["backoff_s"]))
        found["backoff_held_s"] = summed(np.where(attempts["held"], attempts["backoff_s"], 0.0))
        return found


def simulate(
    policy: Policy, scenario: Scenario, upstream: Profile, overhead_s: float = OVERHEAD_S
) -> Simulation:
    """Plays one run; the scenario's seed determines it. Raises ConfigError for what the twin does not model.

    `overhead_s` is what a call takes beyond its service time. The compiled part releases the interpreter's lock, so
    several simulations can be played by threads.
    """
    with nullcontext() if is_compiled(play) else SIGNALS.immediate():  # The compiler calls Python back.
        world, routes = world_of(policy, scenario, upstream, overhead_s)
        play(world, scenario.duration_s + scenario.drain_s)
    return Simulation(policy, scenario, routes, world)
