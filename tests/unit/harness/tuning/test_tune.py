"""A search from its specification to its result, with policies that are played by arithmetic."""

from __future__ import annotations

import pytest

from harness.model.errors import ConfigError
from harness.record.reader import open_run
from harness.record.result_store import TUNINGS
from harness.tuning.tune import tune_by
from tests.unit.dashboard import made_runs
from tests.unit.harness.tuning.arithmetic import POOL, played, spec


def never(_plan):
    raise AssertionError("no run is to be made")


def searched(root, notice=lambda _: None, **changes):
    return tune_by(played, spec(**{"confirm": 0, "trials": 24, **changes}), root, never, notice)


def test_a_search_refuses_searches_and_chooses(tmp_path):
    found = searched(tmp_path)
    assert found.refused == (POOL,)
    assert not found.candidates[0].keeps
    assert found.chosen
    for number in found.chosen:
        best = found.candidate(number)
        assert best.keeps
        assert "adapter.pool_maxsize" not in best.settings
    assert (found.state, found.winner, found.checks) == ("complete", None, ())


def test_the_file_has_every_step(tmp_path):
    steps = []
    found = searched(tmp_path, lambda step: steps.append((step, TUNINGS.load(tmp_path / step.id))))
    assert all(told == read for told, read in steps)
    tried = [len(step.candidates) for step, _ in steps]
    assert tried == sorted(tried)
    assert tried[:4] == [1, 9, 17, 25]
    assert TUNINGS.load(tmp_path / found.id) == found


def test_the_same_seed_gives_the_same_search(tmp_path):
    first, second = searched(tmp_path), searched(tmp_path)
    assert first.id != second.id
    assert (first.candidates, first.chosen) == (second.candidates, second.chosen)


def test_only_what_keeps_the_thresholds_is_on_the_front(tmp_path):
    found = searched(tmp_path)
    assert all(each.keeps for each in found.candidates if each.best)
    assert any(not each.keeps for each in found.candidates)


def test_where_no_knob_does_anything_the_search_ends_with_their_names(tmp_path):
    with pytest.raises(ConfigError, match=r"adapter\.pool_maxsize=1\.\.100 changes nothing") as refused:
        searched(tmp_path, knobs=(POOL,))
    assert "choose another scenario" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_search_keeps_what_it_has(tmp_path):
    def interrupt(_plan):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune_by(played, spec(confirm=1), tmp_path, interrupt, lambda _: None)
    (folder,) = tmp_path.iterdir()
    found = TUNINGS.load(folder)
    assert (found.state, found.checks) == ("interrupted", ())
    assert len(found.chosen) == 1


class Lab:
    """Makes runs without a driver, and is interrupted after so many of them."""

    def __init__(self, root, runs):
        self.root, self.runs, self.made = root, runs, []

    def __call__(self, plan):
        if len(self.made) == self.runs:
            raise KeyboardInterrupt
        self.made.append(plan.policy.name)
        return open_run(made_runs.complete(self.root, plan.policy))


@pytest.mark.parametrize("runs", [0, 1, 2])
def test_an_interrupted_confirmation_goes_on_with_the_runs_that_are_missing(tmp_path, runs):
    first, rest = Lab(tmp_path, runs), Lab(tmp_path, 9)
    asked = spec(confirm=2, trials=24)
    with pytest.raises(KeyboardInterrupt):
        tune_by(played, asked, tmp_path, first, lambda _: None)
    stopped = TUNINGS.find(tmp_path, "latest")
    assert (stopped.state, len(stopped.checks)) == ("interrupted", runs)
    found = tune_by(played, asked, tmp_path, rest, lambda _: None, stopped)
    assert (found.id, found.state, len(found.checks)) == (stopped.id, "complete", 3)
    assert [check.policy for check in found.checks] == first.made + rest.made
    assert len(first.made + rest.made) == 3
    assert found.candidates == stopped.candidates


def test_a_search_that_was_interrupted_before_it_chose_begins_anew_under_its_name(tmp_path):
    def interrupt(step):
        if len(step.candidates) > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path, interrupt)
    stopped = TUNINGS.find(tmp_path, "latest")
    found = tune_by(played, stopped.spec, tmp_path, never, lambda _: None, stopped)
    assert (found.id, found.started_at) == (stopped.id, stopped.started_at)
    other = tmp_path / "other"
    other.mkdir()
    assert found.chosen == searched(other).chosen
    assert len(list(tmp_path.glob("*/tuning.json"))) == 1
