"""A server that is not surgeline's own, as the attempts of a run show it: what `surgeline learn` makes of a journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from harness.learn.estimate import learn
from harness.learn.written_files import learned_profile
from harness.model.call import Attempt, Call
from harness.model.learned import Learned
from harness.observe.journal import Journal
from harness.record.reader import Record
from mock_upstream.process.owned_folder import owned_folder
from mock_upstream.profile import Profile

MOST_BYTES = 64_000_000_000
_FIELDS = [field.name for field in fields(Attempt)]


def learned_target(record: Record) -> tuple[Learned, Profile]:
    """The estimates and the profile of the server. Raises ConfigError for a run that is too short, or has gaps."""
    with owned_folder() as folder:
        path = Path(folder) / f"{record.run.id}.jsonl"
        journal = Journal(path, record.run.scenario.name, most_bytes=MOST_BYTES)
        for call in _calls(record):
            journal.call(call)
        learned = learn([path], allow_gaps=True)
    return learned, learned_profile(learned)


def _calls(record: Record) -> Iterator[Call]:
    """A call with one attempt for each attempt of the run, in the order of their starts."""
    calls = record.table("calls", ["arrival", "step", "method", "route", "scheduled_s"])
    attempts = record.table("attempts", ["arrival", "step", *_FIELDS])
    both = attempts.merge(calls, on=["arrival", "step"]).sort_values("started_s")
    rows: Any = both.to_dict("records")
    for row in rows:
        call = Call(
            row["arrival"], row["step"], row["method"], row["route"], row["scheduled_s"], row["started_s"]
        )
        call.attempts.append(Attempt(**{name: row[name] for name in _FIELDS}))
        yield call
