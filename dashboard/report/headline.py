"""The result of several runs in one sentence: which policies meet the SLO and which don't."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.record.reader import Record

_CLAUSES = {
    "pass": ("{} meets the SLO", "{} meet the SLO"),
    "fail": ("{} breaks the SLO", "{} break the SLO"),
    "inconclusive": ("the verdict for {} is inconclusive", "the verdicts for {} are inconclusive"),
    "unjudged": ("{} was not judged", "{} were not judged"),
}


def headline(records: Sequence[Record]) -> str:
    """One sentence. A policy of several runs counts with the worst of its verdicts."""
    by_policy: dict[str, list[str]] = {}
    for record in records:
        kinds = by_policy.setdefault(record.run.policy.name, [])
        kinds.append(record.end.verdict.kind if record.end else "unjudged")
    worst = {policy: _worst(kinds) for policy, kinds in by_policy.items()}
    clauses = []
    for kind, (singular, plural) in _CLAUSES.items():
        policies = [policy for policy, of_policy in worst.items() if of_policy == kind]
        if policies:
            clauses.append((singular if len(policies) == 1 else plural).format(_enumerated(policies)))
    return "; ".join(clauses) + "."


def _worst(kinds: Iterable[str]) -> str:
    present = set(kinds)
    return next(k for k in ("fail", "unjudged", "inconclusive", "pass") if k in present)


def _enumerated(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
