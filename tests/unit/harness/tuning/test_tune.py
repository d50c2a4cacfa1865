"""A search from its specification to its result, with policies that are played by arithmetic."""

from __future__ import annotations

import pytest

from harness.model.errors import ConfigError
from harness.record.result_store import TUNINGS
from harness.tuning.tune import tune_by
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
