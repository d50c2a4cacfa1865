"""What is new among the runs: what is running, the latest verdict of each pair, and what got worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dashboard.data.pulled_levers import untouched
from dashboard.theme import labels
from harness.model.quantities import HIGHER_IS_BETTER
from harness.model.range import OperatingRange
from harness.model.verdict import Measurement
from harness.record.reader import Record

WATCHED = ("latency.p99", "error_ratio", "amplification", "goodput")
_RANK = {"fail": 0, "inconclusive": 1, "pass": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """One policy under one scenario: its latest run, the one before, and in words what got worse."""

    latest: Record
    before: Record
    worse: tuple[str, ...]


def without_levers(records: Sequence[Record]) -> list[Record]:
    """The runs that show the policies themselves, because no lever was requested; all runs of a pair that has no other.

    A pair is a policy under a scenario.
    """
    free = {record.run.id for record in records if untouched(record)}
    pairs = {_pair(record) for record in records if record.run.id in free}
    return [record for record in records if record.run.id in free or _pair(record) not in pairs]


def latest(records: Iterable[Record]) -> list[Record]:
    """The newest judged run of each policy under each scenario. `records` are newest first."""
    found: dict[tuple[str, str], Record] = {}
    for record in records:
        if record.end is not None:
            found.setdefault(_pair(record), record)
    return list(found.values())


def regressions(records: Sequence[Record]) -> list[Change]:
    """Where the newest judged run is worse than the one before it of the same policy under identical settings.

    Interrupted runs, and runs of another seed, rate or upstream, are not compared.

    Worse is a worse verdict, or a measurement whose whole 95% interval lies on the bad side of the other's.
    """
    by_pair: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        if record.end is not None and record.end.state == "complete":
            by_pair.setdefault((record.run.policy.name, *settings_of(record)), []).append(record)
    changes = [
        Change(runs[0], runs[1], _worse(runs[0], runs[1])) for runs in by_pair.values() if len(runs) > 1
    ]
    return [change for change in changes if change.worse]


def rehearsed(records: Iterable[Record]) -> list[Record]:
    """The newest run of each incident and policy whose SLO asks for a recovery, so that it was measured."""
    found: dict[tuple[str, str], Record] = {}
    for record in records:
        if record.end is not None and "recovery" in record.end.measurements:
            found.setdefault(_pair(record), record)
    return list(found.values())


def searched(ranges: Iterable[OperatingRange]) -> list[OperatingRange]:
    """The newest finished range of each policy under each scenario. `ranges` are newest first."""
    found: dict[tuple[str, str], OperatingRange] = {}
    for each in ranges:
        if each.state == "complete":
            found.setdefault((each.spec.scenario.name, each.spec.policy.name), each)
    return list(found.values())


def settings_of(record: Record) -> tuple[str, ...]:
    """Everything of a run but its policy: two runs with the same are comparable."""
    run = record.run
    own = not run.target.startswith(
        ("http://127.0.0.1", "https://127.0.0.1")
    )  # a mock upstream's port varies
    target = run.target if own else ""
    conditions = run.scenario.model_dump_json(exclude={"owner", "review_by", "flag"})
    return conditions, run.upstream.model_dump_json(), str(run.seed), target


def newest_comparison(records: Sequence[Record]) -> list[Record]:
    """The newest complete runs of two or more policies whose settings differ in the policy and the seed only.

    Of each policy and seed the newest run counts. The policies are those of the newest seed that several have; only
    seeds that all of them have count. `records` are newest first; the policies are in the order in which they were run.
    """
    groups: dict[tuple[str, ...], dict[tuple[str, int], Record]] = {}
    for record in records:
        if record.end is not None and record.end.state == "complete":
            of_group = groups.setdefault(settings_but_seed(record), {})
            of_group.setdefault((record.run.policy.name, record.run.seed), record)
    for found in groups.values():
        shared = Counter(seed for _, seed in found)
        newest = next((seed for _, seed in found if shared[seed] > 1), None)
        policies = [policy for policy, seed in reversed(found) if seed == newest]
        seeds = {seed for _, seed in found if all((policy, seed) in found for policy in policies)}
        if policies:
            return [found[policy, seed] for policy in policies for seed in sorted(seeds)]
    return []


def settings_but_seed(record: Record) -> tuple[str, ...]:
    """Everything of a run but its policy and its seed."""
    scenario = record.run.scenario.model_copy(update={"seed": 0})
    return settings_of(replace(record, run=record.run.model_copy(update={"scenario": scenario, "seed": 0})))


def _pair(record: Record) -> tuple[str, str]:
    return record.run.scenario.name, record.run.policy.name


def _worse(now: Record, before: Record) -> tuple[str, ...]:
    assert now.end is not None  # noqa: S101 - both were judged
    assert before.end is not None  # noqa: S101
    changes = []
    if _RANK[now.end.verdict.kind] < _RANK[before.end.verdict.kind]:
        changes.append(
            f"{labels.verdict_label(before.end.verdict)} became {labels.verdict_label(now.end.verdict)}"
        )
    for name in WATCHED:
        new, old = now.end.measurements.get(name), before.end.measurements.get(name)
        if new is not None and old is not None and _beyond(new, old):
            changes.append(
                f"{labels.title(name)} went from {labels.value_label(old)} to {labels.value_label(new)}"
            )
    return tuple(changes)


def _beyond(new: Measurement, old: Measurement) -> bool:
    """Whether the new interval lies wholly on the bad side of the old one."""
    if new.name in HIGHER_IS_BETTER:
        return new.high is not None and old.low is not None and new.high < old.low
    return new.low is not None and old.high is not None and new.low > old.high
