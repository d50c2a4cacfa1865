"""An advice is confirmed by the newest complete run of what was advised."""

from __future__ import annotations

from pathlib import Path

from harness.assess.confirmations import newest_run_of
from harness.model.behaviour_digest import behaviour_digest
from harness.record.reader import open_run
from tests.unit.dashboard.made_runs import CAREFUL, STARTED, complete, killed


def test_a_complete_run_confirms_its_own_digest(tmp_path: Path) -> None:
    record = open_run(complete(tmp_path, CAREFUL))
    digest = behaviour_digest(record.run.policy, record.run.scenario, record.run.upstream)
    assert newest_run_of(digest, [record]) == record
    assert newest_run_of("another", [record]) is None


def test_a_run_that_was_cut_short_confirms_nothing(tmp_path: Path) -> None:
    record = open_run(killed(tmp_path, CAREFUL, STARTED))
    digest = behaviour_digest(record.run.policy, record.run.scenario, record.run.upstream)
    assert newest_run_of(digest, [record]) is None
