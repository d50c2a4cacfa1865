"""Runs that live in a thread of their own while a test watches them."""

import threading
from pathlib import Path

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.record.reader import Record
from mock_upstream.profile import Profile


class LiveRun:
    """One run in the background."""

    def __init__(self, plan: Plan, root: Path) -> None:
        self._record: Record | None = None
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(plan, root))
        self._thread.start()

    def _run(self, plan: Plan, root: Path) -> None:
        try:
            self._record = run_plan(plan, root)
        except Exception as problem:  # Raised where the test waits for the end.
            self._problem = problem

    @property
    def live(self) -> bool:
        """True until the record is closed."""
        return self._thread.is_alive()

    def end(self) -> Record:
        """Waits for the end and returns the record; raises what the lab raised."""
        self._thread.join(90)
        if self._problem is not None:
            raise self._problem
        assert self._record is not None, "the run did not end"
        return self._record


def retrying_plan(
    *settings: str, name: str = "baseline", faults: tuple[object, ...] = (), **upstream: object
) -> Plan:
    """The policy `careful` with next to no backoff, against workers of 20 ms and these faults, 60 calls a second.

    `upstream` are further settings of the upstream.
    """
    short = [
        "scenario.arrivals.0.rate_per_s=60",
        "policy.retry.backoff_factor=0.02",
        "policy.retry.backoff_jitter=0.0",
    ]
    overrides = read_overrides([*short, f"scenario.name={name}", *settings])
    written = read_scenario("baseline", overrides)
    profile = {**written.upstream.model_dump(exclude_unset=True), "timeline": faults, **upstream}
    return Plan(read_policy("careful", overrides), written.scenario, Profile.model_validate(profile))
