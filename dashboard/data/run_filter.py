"""Which runs are listed: the filter of the page of runs, as query parameters and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from harness.record.reader import Record

LIVE, NOT_JUDGED = "live", "not-judged"
SHOWN_AT_MOST = 40
"""Characters of a long value that a sentence repeats."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Conditions on runs; an empty one is met by every run.

    A run has every word of `text` and every tag, and is of one of the verdicts, scenarios and policies. A value that no
    run has is a condition as well: it is met by none.
    """

    q: str = ""
    verdict: tuple[str, ...] = ()
    scenario: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()

    def chosen(self, records: Iterable[Record]) -> list[Record]:
        """The runs that meet every condition, in the given order."""
        return [record for record in records if self._is_met_by(record)]

    def _is_met_by(self, record: Record) -> bool:
        run = record.run
        text = " ".join((run.id, verdict_of(record), str(run.seed), *record.tags)).lower()
        return (
            all(word in text for word in self.q.lower().split())
            and (not self.verdict or verdict_of(record) in self.verdict)
            and (not self.scenario or run.scenario.name in self.scenario)
            and (not self.policy or run.policy.name in self.policy)
            and set(self.tag) <= set(record.tags)
        )


def verdict_of(record: Record) -> str:
    """`pass`, `fail` or `inconclusive`; for a run without a verdict `live` or `not-judged`."""
    if record.end is not None:
        return record.end.verdict.kind
    return LIVE if record.state == "live" else NOT_JUDGED


def filter_of(parameters: Mapping[str, Sequence[str]]) -> RunFilter:
    """The filter of an address. Each value stands once."""
    found = {key: tuple(dict.fromkeys(parameters.get(key, ()))) for key in _KEYS}
    return RunFilter(**(found | {"q": " ".join(found["q"])}))  # type: ignore[arg-type]


def parameters_of(wanted: RunFilter) -> dict[str, list[str]]:
    """What the address says of a filter; an empty condition is left out."""
    found = {key: list(getattr(wanted, key)) for key in _KEYS if key != "q"}
    found["q"] = [wanted.q] if wanted.q else []
    return {key: found[key] for key in _KEYS if found[key]}


def unknown_values(wanted: RunFilter, records: Sequence[Record]) -> list[str]:
    """One sentence for each value that no run has, so that the reader sees why nothing is listed."""
    known = {
        "verdict": {verdict_of(record) for record in records},
        "scenario": {record.run.scenario.name for record in records},
        "policy": {record.run.policy.name for record in records},
        "tag": {tag for record in records for tag in record.tags},
    }
    return [
        f"No run has the {key} {value[:SHOWN_AT_MOST]!r}."
        for key, values in known.items()
        for value in getattr(wanted, key)
        if value not in values
    ]


_KEYS = tuple(field.name for field in fields(RunFilter))
