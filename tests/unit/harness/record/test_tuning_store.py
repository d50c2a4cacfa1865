"""Searches for a policy on disk."""

from __future__ import annotations

import os

import pytest

from harness.model.errors import DamagedError, NewerSchemaError, NotFoundError, RecordError
from harness.model.tuning import Tuning
from harness.record.reader import Broken
from harness.record.tuning_store import FILE, claim_tuning, is_tuning, list_tunings, load_tuning, save_tuning
from tests.unit.harness.tuning.made_tunings import made_tuning


def test_a_search_is_read_as_it_was_written(tmp_path):
    found = claim_tuning(tmp_path, made_tuning())
    later = found.model_copy(update={"state": "interrupted"})
    assert load_tuning(save_tuning(tmp_path, later)) == later


def test_two_searches_of_one_second_have_different_names(tmp_path):
    first, second = claim_tuning(tmp_path, made_tuning()), claim_tuning(tmp_path, made_tuning())
    assert first.id != second.id
    assert [each.id for each in list_tunings(tmp_path) if isinstance(each, Tuning)] == [second.id, first.id]


def test_what_cannot_be_read_is_listed_beside_the_others(tmp_path):
    found = claim_tuning(tmp_path, made_tuning())
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / FILE).write_text('{"id"')
    (tmp_path / "a-run").mkdir()
    listed = list_tunings(tmp_path)
    assert [type(each) for each in listed] == [Broken, Tuning]
    assert isinstance(listed[0].error, DamagedError)
    assert listed[1] == found


def test_another_folder_a_newer_schema_and_no_file_are_refused(tmp_path):
    found = claim_tuning(tmp_path, made_tuning())
    os.rename(tmp_path / found.id, tmp_path / "moved")
    with pytest.raises(RecordError, match="rename the folder"):
        load_tuning(tmp_path / "moved")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match=r"it has no tuning\.json"):
        load_tuning(tmp_path / "empty")
    newer = claim_tuning(tmp_path, made_tuning().model_copy(update={"schema_version": 99}))
    with pytest.raises(NewerSchemaError):
        load_tuning(tmp_path / newer.id)


def test_a_search_that_was_silent_for_long_is_not_at_work(tmp_path):
    found = claim_tuning(tmp_path, made_tuning().model_copy(update={"state": "live"}))
    assert is_tuning(found, tmp_path)
    os.utime(tmp_path / found.id / FILE, (0, 0))
    os.utime(tmp_path / found.id, (0, 0))
    assert not is_tuning(found, tmp_path)
