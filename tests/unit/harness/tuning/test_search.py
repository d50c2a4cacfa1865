"""Which policies are tried next."""

from __future__ import annotations

from dataclasses import replace

from harness.model.tuning import GOODPUT
from harness.tuning.search import AT_ONCE, searched
from tests.unit.harness.tuning.arithmetic import LIMIT, POOL, READ, RETRIES, played, spec

KNOBS = (READ, RETRIES, POOL)
GOOD = {"timeout.read_s": 0.5}


def tried(seed=7, trials=40, play=played):
    scenario = spec().scenario.model_copy(update={"seed": seed})
    return [trial for batch in searched(KNOBS, scenario, trials, play) for trial in batch]


def test_the_same_seed_gives_the_same_search():
    assert [t.settings for t in tried()] == [t.settings for t in tried()]
    assert [t.settings for t in tried()] != [t.settings for t in tried(seed=8)]


def test_as_many_policies_are_tried_as_were_asked_for_a_few_at_once():
    sizes = [len(batch) for batch in searched(KNOBS, spec().scenario, 20, played)]
    assert sizes == [AT_ONCE, AT_ONCE, 4]


def test_the_search_goes_on_until_a_policy_keeps_the_thresholds_at_most_as_long_again():
    def never(many):
        return [replace(t, values=tuple({**v, LIMIT: 1.0} for v in t.values)) for t in played(many)]

    def late(many):
        asked.append(len(many))
        return played(many) if sum(asked) > 32 else never(many)

    assert len(tried(trials=20, play=never)) == 40
    asked = []
    assert 32 < len(tried(trials=20, play=late)) < 40
    assert asked[:3] == [8, 8, 4]
    assert len(tried(trials=20)) == 20


def test_what_is_known_is_not_tried_again_and_changes_what_is_tried():
    known = played([{**GOOD, "retry.total": n, "adapter.pool_maxsize": 20} for n in (0, 1)])
    scenario = spec().scenario
    found = [t for batch in searched(KNOBS, scenario, 40, played, known) for t in batch]
    assert len(found) == 40
    assert all(t.settings != k.settings for t in found for k in known)
    assert [t.settings for t in found] != [t.settings for t in tried()]
    without_all_knobs = played([{}, GOOD])
    same = [t for batch in searched(KNOBS, scenario, 40, played, without_all_knobs) for t in batch]
    assert [t.settings for t in same] == [t.settings for t in tried()]


def test_every_value_is_in_its_range_with_three_digits():
    for trial in tried():
        assert 0.1 <= trial.settings["timeout.read_s"] <= 10.0
        assert trial.settings["timeout.read_s"] == float(f"{trial.settings['timeout.read_s']:.3g}")
        assert isinstance(trial.settings["retry.total"], int)


def test_the_later_half_of_a_search_has_more_of_what_is_good():
    found = tried(trials=80)
    goodput = [trial.typical(GOODPUT) for trial in found]
    assert sum(goodput[40:]) / 40 > sum(goodput[:40]) / 40
    kept = [not trial.beyond(spec().scenario) for trial in found]
    assert sum(kept[40:]) > sum(kept[:40])
