"""From a recorded run to the changes of its policy that its measurements support."""

from __future__ import annotations

from harness.analyse.suggest import capacity_of, suggestions
from harness.assess.evidence import evidence_of
from harness.model.suggestion import Suggestion
from harness.record.reader import Record


def suggestions_for(record: Record) -> list[Suggestion]:
    """Changes of the run's policy that its own measurements support."""
    seen = evidence_of(record)
    capacity = capacity_of(seen.served, record.run.upstream.capacity.workers)
    return suggestions(record.run.policy, seen, capacity)
