"""The digest of what decides a run: labels and the seed do not change it, and settings do."""

from __future__ import annotations

from datetime import date

from harness.advise.advisor import advise
from harness.model.behaviour_digest import behaviour_digest
from harness.model.ownership import FileOwner
from tests.unit.harness.advise.made_answers import answers

FOUND = advise(answers())


def test_labels_and_the_seed_do_not_change_it() -> None:
    changed = {"name": "b", "owner": FileOwner(team="x"), "review_by": date(2027, 1, 1)}
    policy = FOUND.policy.model_copy(update=changed)
    scenario = FOUND.scenario.model_copy(update={**changed, "seed": 9})
    assert behaviour_digest(policy, scenario, FOUND.upstream) == FOUND.digest


def test_a_setting_changes_it() -> None:
    adapter = FOUND.policy.adapter.model_copy(update={"pool_maxsize": 3})
    policy = FOUND.policy.model_copy(update={"adapter": adapter})
    assert behaviour_digest(policy, FOUND.scenario, FOUND.upstream) != FOUND.digest


def test_another_upstream_changes_it() -> None:
    upstream = advise(answers(upstream={"workers": 9})).upstream
    assert behaviour_digest(FOUND.policy, FOUND.scenario, upstream) != FOUND.digest
