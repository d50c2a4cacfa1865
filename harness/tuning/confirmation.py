"""The best policies in the lab, beside the one that one has: what their runs say of the predictions."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from harness.assess.runs import compare_records, evidence_of
from harness.inputs.scenarios import with_seed
from harness.lab.plan import Plan
from harness.model.scenario import MOST_SEED
from harness.model.tuning import Candidate, LabCheck, TuneSpec
from harness.model.verdict import Decision, Inconclusive, Measurement
from harness.record.reader import Record
from harness.tuning.objectives import measured
from harness.tuning.trial import TwinTrial, differing, is_better
from harness.tuning.tuned_file import tuned_policy


def plan_of(spec: TuneSpec, candidate: Candidate) -> Plan:
    """The run of a candidate, with a seed that the search did not use."""
    seed = (spec.scenario.seed + spec.seeds) % (MOST_SEED + 1)
    return Plan(tuned_policy(spec.policy, candidate), with_seed(spec.scenario, seed), spec.upstream)


def checked(candidate: Candidate, record: Record) -> LabCheck:
    """What a run says; `against` follows from a comparison with the run of the policy that one has."""
    verdict = Inconclusive(reasons=("the run has no end",)) if record.end is None else record.end.verdict
    return LabCheck(
        number=candidate.number,
        policy=record.run.policy.name,
        run=record.run.id,
        seed=record.run.seed,
        verdict=verdict,
        measured=measured(evidence_of(record), record.run.scenario),
    )


def compared(check: LabCheck, own_check: LabCheck, trial: TwinTrial, own: TwinTrial) -> LabCheck:
    """The check with the objectives in which the lab shows the opposite of the difference that the twin predicts."""
    against = tuple(
        o.name
        for o in differing(own, trial)
        if _apart(check.measured.get(o.name), own_check.measured.get(o.name))
        and is_better(o, trial.typical(o), own.typical(o))
        != is_better(o, check.measured[o.name].number, own_check.measured[o.name].number)
    )
    return check.model_copy(update={"against": against})


def winner_of(checks: Sequence[LabCheck], records: Sequence[Record]) -> tuple[Decision | None, int | None]:
    """The comparison's decision, and the number of the confirmed policy to take; None where there is none.

    It is the policy that the comparison recommends, else the first one that is confirmed. Where the comparison
    recommends the policy that one has, no other one wins.
    """
    decision = compare_records(records).decision if len(records) > 1 else None
    confirmed = {check.policy: check.number for check in checks if check.number and check.confirmed}
    recommended = decision.policy if decision is not None and decision.kind == "clear winner" else None
    if recommended is not None and recommended not in confirmed:
        return decision, None
    return decision, confirmed.get(recommended or "", next(iter(confirmed.values()), None))


def inside(predicted: Measurement, found: Measurement) -> bool:
    """Whether a measured value lies in the predicted band; a side without an end is open."""
    low, high = predicted.low, predicted.high
    return (low is None or low <= found.number) and (high is None or found.number <= high)


def _apart(a: Measurement | None, b: Measurement | None) -> bool:
    """Whether two intervals have nothing in common."""
    if a is None or b is None:
        return False
    return _high(a) < _low(b) or _high(b) < _low(a)


def _low(m: Measurement) -> float:
    return -inf if m.low is None else m.low


def _high(m: Measurement) -> float:
    return inf if m.high is None else m.high
