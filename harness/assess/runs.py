"""From recorded runs to what they say: evidence, measurements, verdicts, suggestions, comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

from harness.analyse.compare.decision import decide
from harness.analyse.compare.paired_differences import COLUMNS, compare
from harness.analyse.evidence import Evidence, by_schedule
from harness.analyse.measure.measurements import Measurements, measurements
from harness.analyse.stats.warmup import mser_s
from harness.analyse.suggest import capacity_of, suggestions
from harness.analyse.verdict.judge import judge
from harness.analyse.verdict.seed_series import judge_series
from harness.assess.rollouts import rollout_result, shadow_result
from harness.model.baseline import Baseline, Reference
from harness.model.ending import EarlyEnd, Lost, early_end_text
from harness.model.errors import RecordError
from harness.model.run import End, Run
from harness.model.run_effect import ASSUMED, RunEffect
from harness.model.suggestion import Suggestion
from harness.model.verdict import Comparison, Verdict
from harness.record.machine import machine_check
from harness.record.reader import Record


def evidence_of(record: Record, columns: Mapping[str, Sequence[str]] = {}) -> Evidence:
    """What analyse needs of a recorded run. Of a table in `columns` only these columns are read."""
    slo, calls = record.run.scenario.slo, by_schedule(record.calls(columns.get("calls")))
    changes_s = (*record.run.scenario.changes_s, *_pulled_s(record))
    if slo.warmup == "mser":
        first_s = min(changes_s, default=float("inf"))
        slo = slo.model_copy(update={"warmup_s": mser_s(calls, slo.warmup_s, first_s)})
    return Evidence(
        policy=record.run.policy.name,
        scenario=record.run.scenario.name,
        seed=record.run.seed,
        slo=slo,
        duration_s=record.run.scenario.duration_s,
        calls=calls,
        attempts=record.table("attempts", columns.get("attempts")),
        pool=record.table("pool", columns.get("pool")),
        driver=record.table("driver", columns.get("driver")),
        served=record.table("served", columns.get("served")),
        early=_early_end(record),
        changes_s=changes_s,
        trigger_s=record.run.scenario.trigger_s,
        most_attempts=max(
            2, record.run.policy.attempts_at_most, int(calls["attempts"].max() if len(calls) else 0)
        ),
        schedule=_schedule(record.run),
        service=record.table("service"),
        upstream_workers=record.run.upstream.capacity.workers,
    )


def judged_end(record: Record, early: EarlyEnd | None) -> End:
    """The end of a run that has just ended: measured and judged. `early` is what cut it short, None for nothing.

    A rollout's verdict is its decision, and so is a shadow's, whatever the scenario's SLO says of the calls.
    """
    evidence = replace(evidence_of(record), early=early)
    measured, rollout = measurements(evidence), rollout_result(record) or shadow_result(record)
    return End(
        state="complete" if early is None else "interrupted",
        reason="" if early is None else early_end_text(early),
        early=early,
        ended_at=datetime.now(UTC),
        measurements=measured,
        verdict=judge(evidence, measured) if rollout is None else rollout.verdict,
    )


def judged_between(record: Record, from_s: float, until_s: float) -> tuple[Measurements, Verdict]:
    """Measurements and verdict of the calls scheduled in these seconds alone.

    A threshold of recovery is about a whole run, and so is its measurement; both are left out.
    """
    evidence = evidence_of(record).between(from_s, until_s)
    kept = tuple(t.text for t in evidence.slo.parsed if t.quantity != "recovery")
    evidence = replace(evidence, slo=evidence.slo.model_copy(update={"thresholds": kept}))
    measured = measurements(evidence)
    return measured, judge(evidence, measured)


def series_verdict(
    records: Sequence[Record],
    before: Verdict | None = None,
    baseline: Baseline | None = None,
    thresholds: tuple[str, ...] = (),
) -> Verdict:
    """The verdict on runs of one policy and scenario together, after the last one; `before` is that after the others.

    `thresholds` come beside the scenario's own; a `baseline` decides relative ones.
    """
    own = records[0].run.scenario.slo.thresholds
    runs = [
        replace(seen, slo=seen.slo.model_copy(update={"thresholds": (*own, *thresholds)}))
        for seen in map(evidence_of, records)
    ]
    return judge_series(runs, before, None if baseline is None else Reference(baseline, run_effect(records)))


def suggestions_for(record: Record) -> list[Suggestion]:
    """Changes of the run's policy that its own measurements support."""
    seen = evidence_of(record)
    capacity = capacity_of(seen.served, record.run.upstream.capacity.workers)
    return suggestions(record.run.policy, seen, capacity)


def compare_records(records: Sequence[Record], series: Mapping[str, Verdict] | None = None) -> Comparison:
    """A comparison of policies, from runs of one scenario. Raises RecordError for runs that cannot be compared.

    Where a policy has a verdict on all of its runs together (`series`), the decision follows from that one.
    """
    scenarios = {record.run.scenario.name for record in records}
    if len(scenarios) > 1:
        raise RecordError(
            "compare", ", ".join(sorted(scenarios)), "are different scenarios; compare runs of one"
        )
    with ThreadPoolExecutor() as threads:
        seen = list(threads.map(lambda record: evidence_of(record, COLUMNS), records))
    found = compare(seen, run_effect(records))
    verdicts: dict[str, list[Verdict | None]] = {policy: [] for policy in found.policies}
    for record in records:
        verdicts[record.run.policy.name].append(record.end.verdict if record.end else None)
    verdicts |= {policy: [verdict] for policy, verdict in (series or {}).items()}
    return found.model_copy(update={"decision": decide(found, verdicts)})


def run_effect(records: Sequence[Record]) -> RunEffect:
    """The largest effect that `surgeline doctor` measured for these runs' machines; assumed where one is not known."""
    checks = (machine_check(record.folder.parent, record.run.machine) for record in records)
    found = {check.run_effect if check is not None else None for check in checks}
    known = [effect for effect in found if effect is not None]
    return max(known, key=lambda effect: effect.usual) if known and None not in found else ASSUMED


def _schedule(run: Run) -> str:
    """The same for runs of the same arrivals and seed: every attempt then has the same service time and fate."""
    arrivals = run.scenario.model_dump_json(include={"arrivals", "journey"})
    return blake2b(f"{arrivals} {run.seed}".encode(), digest_size=8).hexdigest()


def _pulled_s(record: Record) -> list[float]:
    """When levers took effect: the conditions changed then, by design."""
    events = record.table("events")
    return [float(at_s) for at_s in events[events["kind"] == "lever"]["at_s"]]


def _early_end(record: Record) -> EarlyEnd | None:
    if record.end is not None:
        return record.end.early
    return Lost(part="command", detail="was killed") if record.state == "interrupted" else None
