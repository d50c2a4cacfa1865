"""The trigger test: whether the client recovers from a temporary fault at a rate that it sustains.

With R retries a backlog drains only below μ / (1 + R); above it a trigger may bring client and upstream into a state in
which retries alone keep the upstream busy (N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021).
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.evidence import Evidence
from harness.analyse.measure.recovery import recovery
from harness.analyse.stats.queueing import storm_free_rate
from harness.model.formatting import format_value
from harness.model.policy import Policy
from harness.model.range import Probe, Trial
from harness.model.scenario import Scenario
from harness.model.slo import Slo
from mock_upstream.profile import TimelineFault

LEAD_S, TAIL_S, RECOVERY_S = 4.0, 3.0, 20.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 4.0, 12.0
TESTS = 4
NEAR = 1.15


def trigger_faults(scenario: Scenario, policy: Policy) -> tuple[TimelineFault, ...]:
    """The scenario's faults that end, moved so that the first begins 4 s into the test; without any, a pause.

    The pause of the upstream outlasts the policy's read timeout by half, within 4 to 12 s.
    """
    faults = [fault for fault in scenario.faults if fault.for_s is not None]
    if faults:
        first_s = min(fault.at_s for fault in faults)
        return tuple(fault.model_copy(update={"at_s": fault.at_s - first_s + LEAD_S}) for fault in faults)
    timeout_s = policy.timeout.read_s or SHORTEST_PAUSE_S
    length_s = min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, 1.5 * timeout_s))
    pause = {"at_s": LEAD_S, "for_s": length_s, "fault": {"kind": "pause"}}
    return (TimelineFault.model_validate(pause),)


def within_s(slo: Slo) -> float:
    """How soon the client must recover, in seconds: the SLO's own `recovery < …`, or 20 s."""
    return min((t.limit for t in slo.parsed if t.statistic == "recovery"), default=RECOVERY_S)


def trigger_text(faults: Sequence[TimelineFault], limit_s: float) -> str:
    """The trigger and the required recovery, as text."""
    named = ", ".join(f"{fault.fault.kind} for {fault.for_s:g} s" for fault in faults)
    return f"{named}; the client must recover within {limit_s:g} s"


def length_s(faults: Sequence[TimelineFault], limit_s: float) -> float:
    """Seconds of load of one test: until the allowed recovery time has passed, and a margin."""
    return max(fault.at_s + (fault.for_s or 0.0) for fault in faults) + limit_s + TAIL_S


def trigger_trial(evidence: Evidence, probe: Probe, run: str, load_s: float, limit_s: float) -> Trial:
    """A trigger test reduced to a trial: bad when the client did not recover in time."""
    measured = recovery(evidence)
    late = measured is None or measured.high is None or measured.number > limit_s
    if measured is None:
        text = "recovery was not measured"
    elif measured.high is None:
        text = f"the client did not recover within {format_value(measured.value, 's')}"
    else:
        text = f"the client recovered after {format_value(measured.value, 's')}"
    return Trial(
        run=run,
        purpose="trigger",
        rate_per_s=probe.rate_per_s,
        load_s=load_s,
        n=measured.n if measured else 0,
        bad_ratio=float(late),
        allowed_ratio=0.5,
        effective_n=1.0,
        limit_s=limit_s,
        threshold=f"recovery < {limit_s:g}s",
        measured=text,
        invalid="" if measured else text,
    )


def next_rate(trials: Sequence[Trial], limit_per_s: float, policy: Policy) -> float | None:
    """The rate of the next trigger test: the limit, then below 1 / (1 + R) of it, then between; None at the end."""
    tests = [t for t in trials if t.purpose == "trigger"]
    well = max((t.rate_per_s for t in tests if not t.invalid and not t.breaks), default=0.0)
    ill = min((t.rate_per_s for t in tests if not t.invalid and t.breaks), default=0.0)
    if len(tests) >= TESTS or well >= limit_per_s * 0.999:
        return None
    if not ill:
        return limit_per_s
    if well:
        return (well * ill) ** 0.5 if ill / well > NEAR else None
    guess = 0.9 * storm_free_rate(limit_per_s, policy.retries_at_most)
    return guess if guess < ill * 0.9 else ill / 2


def stable_up_to(trials: Sequence[Trial], limit_per_s: float) -> float:
    """The highest rate, at most the limit, with recovery from the trigger at it and at every lower one; else 0."""
    tests = [t for t in trials if t.purpose == "trigger" and not t.invalid]
    ill = min((t.rate_per_s for t in tests if t.breaks), default=float("inf"))
    well = [t.rate_per_s for t in tests if not t.breaks and t.rate_per_s < ill]
    return min(max(well, default=0.0), limit_per_s)
