"""Which policies are tried next."""

from __future__ import annotations

from harness.model.tuning import GOODPUT
from harness.tuning.search import AT_ONCE, searched
from tests.unit.harness.tuning.arithmetic import POOL, READ, RETRIES, played, spec

KNOBS = (READ, RETRIES, POOL)


def tried(seed=7, trials=40, play=played):
    scenario = spec().scenario.model_copy(update={"seed": seed})
    return [trial for batch in searched(KNOBS, scenario, trials, play) for trial in batch]


def test_the_same_seed_gives_the_same_search():
    assert [t.settings for t in tried()] == [t.settings for t in tried()]
    assert [t.settings for t in tried()] != [t.settings for t in tried(seed=8)]


def test_as_many_policies_are_tried_as_were_asked_for_a_few_at_once():
    sizes = [len(batch) for batch in searched(KNOBS, spec().scenario, 20, played)]
    assert sizes == [AT_ONCE, AT_ONCE, 4]


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
