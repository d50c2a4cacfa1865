"""What is wrong with the record of a run of which a part was killed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.analyse.schedule import arrival_times
from harness.assess.runs import judged_end
from harness.model.ending import Lost
from harness.record.reader import Broken, Record, list_runs
from harness.record.schema import TABLES

WITHIN_S = 1.0
"""A record may miss what is younger than this when a part is killed: batches are written once a second."""


@dataclass(frozen=True, slots=True)
class Killed:
    """Which part was killed, when on the machine's monotonic clock, and how old what is missing may be.

    That is WITHIN_S, and longer by what the machine's other work kept the run's processes from a processor.
    """

    part: str
    at_s: float
    allowed_s: float


def problems(runs: Path, killed: Killed, exit_code: int) -> tuple[list[str], float]:
    """What is wrong with the record in `runs`, nothing for a good one; and the age of the oldest call that it misses.

    The age is in seconds before the kill; 0 where nothing that was due before it is missing.
    """
    found = list_runs(runs)
    broken = [f"does not open: {each.error}" for each in found if isinstance(each, Broken)]
    records = [each for each in found if isinstance(each, Record)]
    if broken or len(records) != 1:
        # A run whose part is killed before its record begins has none, and says so.
        early = not found and (killed.part == "command" or exit_code == 2)
        return (broken if broken or early else [f"{len(records)} records and exit code {exit_code}"]), 0.0
    (record,) = records
    ended = [] if killed.part == "command" or record.end is not None else ["the record has no end"]
    lost, age_s = _missing(record, killed)
    return ended + _readable(record) + lost, age_s


def _readable(record: Record) -> list[str]:
    """Reads every table and measures the run; what cannot be read."""
    try:
        for table in TABLES:
            record.table(table)
        judged_end(record, Lost(part="command", detail="was killed"))
    except Exception as error:
        return [f"cannot be measured: {type(error).__name__}: {error}"]
    return []


def _missing(record: Record, killed: Killed) -> tuple[list[str], float]:
    calls, at_s = record.calls(), killed.at_s - record.run.epoch_s
    slowest_s = float(calls["latency_s"].max()) if len(calls) else 0.0
    due = pd.Series(arrival_times(record.run.scenario.arrivals, record.run.seed))
    absent = due[(due < at_s) & ~due.index.isin(calls["arrival"])]
    age_s = 0.0 if absent.empty else at_s - float(absent.min())
    whole_s = at_s - killed.allowed_s
    old = absent[absent < whole_s - slowest_s]
    lost = [f"{len(old)} calls are missing, the oldest of {age_s:.2f} s"] if len(old) else []
    return lost + _apart(record, killed.part, whole_s, slowest_s), age_s


def _apart(record: Record, part: str, whole_s: float, slowest_s: float) -> list[str]:
    """Where the ledger and the calls do not agree, as far as both must have been written.

    The ledger is read once a second by the command: after a kill of the upstream or of the command its last second may
    be missing. Calls that had not ended are in the ledger alone.
    """
    attempts, served = record.table("attempts"), record.table("served")
    sent = attempts[attempts["status"] > 0]
    if part in ("command", "upstream"):
        sent = sent[sent["started_s"] < whole_s - slowest_s]
    key = sent["arrival"].astype(str) + "." + sent["step"].astype(str) + "#" + sent["number"].astype(str)
    unserved = set(key) - set(served["key"] + "#" + served["attempt"].astype(str))
    known = set(attempts["arrival"].astype(str) + "." + attempts["step"].astype(str))
    old = served[served["ended_s"] < whole_s - slowest_s]
    uncalled = set(old["key"]) - known
    return [
        *([f"{len(unserved)} attempts are not in the ledger: {sorted(unserved)[:3]}"] if unserved else []),
        *(
            [f"{len(uncalled)} requests of the ledger have no call: {sorted(uncalled)[:3]}"]
            if uncalled
            else []
        ),
    ]
