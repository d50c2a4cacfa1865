"""Ranges, maps and searches on disk: kept whole, found again, and refused where they are damaged."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.errors import DamagedError, NewerSchemaError, NotFoundError, RecordError
from harness.model.range import UNFINISHED, OperatingRange, SearchSpec
from harness.model.run import run_id
from harness.record.reader import Broken
from harness.record.result_store import MAPS, RANGES, TUNINGS, ResultStore
from tests.unit.dashboard import made_ranges
from tests.unit.dashboard.made_maps import made_map
from tests.unit.dashboard.made_runs import CAREFUL, TEXTBOOK
from tests.unit.harness.tuning.made_tunings import made_tuning

STARTED_AT = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


class Kind(NamedTuple):
    """A store, and a result that it may keep."""

    store: ResultStore[Any]
    found: Any


def _spec(scenario: str, policy: str) -> SearchSpec:
    written = read_scenario("baseline")
    return SearchSpec(
        policy=read_policy("careful").model_copy(update={"name": policy}),
        scenario=written.scenario.model_copy(update={"name": scenario}),
        upstream=written.upstream,
    )


def _range() -> OperatingRange:
    spec = _spec("baseline", "careful")
    return OperatingRange(
        id=RANGES.name(spec, STARTED_AT), state="complete", spec=spec, started_at=STARTED_AT, kind="unfinished",
        answer=UNFINISHED,
    )  # fmt: skip


@pytest.fixture(params=["range", "map", "search"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of result in turn."""
    made = {
        "range": lambda: Kind(RANGES, _range()),
        "map": lambda: Kind(MAPS, made_map(("sv", "vo"))),
        "search": lambda: Kind(TUNINGS, made_tuning()),
    }
    return made[request.param]()


@pytest.mark.parametrize(("store", "word"), [(RANGES, "range"), (MAPS, "map"), (TUNINGS, "tune")])
def test_a_result_is_called_like_a_run_with_its_word_before_the_scenario(store: Any, word: str) -> None:
    spec = _spec("baseline", "careful")
    digest = run_id(spec.policy, spec.scenario, spec.upstream, STARTED_AT)[-6:]
    assert store.name(spec, STARTED_AT) == f"20260301-080000-{word}-baseline-careful-{digest}"


def test_a_scenario_called_like_its_policy_keeps_both_names() -> None:
    assert RANGES.name(_spec("a", "a"), STARTED_AT).startswith("20260301-080000-range-a-a-")


def test_a_result_is_read_as_it_was_written(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    claimed = store.claim(tmp_path, found)
    assert store.load(tmp_path / claimed.id) == claimed == found
    newer = claimed.model_copy(update={"state": "interrupted"})
    assert store.load(store.save(tmp_path, newer)) == newer


def test_results_that_begin_in_the_same_second_get_different_ids(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    later = found.model_copy(update={"started_at": found.started_at + timedelta(microseconds=1)})
    assert store.claim(tmp_path, found).id == found.id
    assert store.claim(tmp_path, later).id == f"{found.id}-2"
    assert [each.id for each in store.listed(tmp_path)] == [f"{found.id}-2", found.id]


def test_one_that_continues_keeps_its_folder(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    kept = store.claim(tmp_path, found)
    assert store.claim(tmp_path, kept) == kept
    assert len(store.listed(tmp_path)) == 1


def test_what_cannot_be_read_is_listed_beside_the_others(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    good = store.claim(tmp_path, found)
    (tmp_path / "20270302-080000-a" / store.file).mkdir(parents=True)
    (tmp_path / "20270303-080000-b").mkdir()
    (tmp_path / "20270303-080000-b" / store.file).write_text("[" * 100_000)
    (tmp_path / "a-run").mkdir()
    *broken, listed = sorted(store.listed(tmp_path), key=lambda each: not isinstance(each, Broken))
    assert listed == good
    assert {each.folder.name[-1]: each.error.problem[:40] for each in broken} == {
        "a": "is a folder; name a regular file",
        "b": "is not valid JSON: recursion limit excee",
    }


def test_a_folder_without_a_result_is_none(kind: Kind, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert kind.store.listed(tmp_path) == []
    with pytest.raises(NotFoundError, match=f"is not a {kind.store.noun}: it has no {kind.store.file}"):
        kind.store.load(tmp_path / "other")


def test_a_newer_schema_and_a_missing_field_are_told_apart(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    file = tmp_path / store.claim(tmp_path, found).id / store.file
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace(f'"schema_version": {store.schema}', '"schema_version": 99'), encoding="utf-8"
    )
    with pytest.raises(NewerSchemaError):
        store.load(file.parent)
    file.write_text(text.replace('"spec"', '"other"', 1), encoding="utf-8")
    with pytest.raises(DamagedError):
        store.load(file.parent)


def test_a_folder_that_was_renamed_is_refused(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    os.rename(tmp_path / store.claim(tmp_path, found).id, tmp_path / "moved")
    with pytest.raises(RecordError, match="rename the folder"):
        store.load(tmp_path / "moved")


def test_only_a_live_result_that_was_written_lately_is_being_made(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    assert not store.is_live(store.claim(tmp_path, found), tmp_path)
    live = found.model_copy(update={"state": "live"})
    folder = store.save(tmp_path, live)
    assert store.is_live(live, tmp_path)
    for path in (folder / store.file, folder):
        os.utime(path, (0, 0))
    assert not store.is_live(live, tmp_path)


def test_a_result_whose_run_is_being_written_is_being_made(kind: Kind, tmp_path: Path) -> None:
    store, found = kind
    live = found.model_copy(update={"state": "live"})
    folder = store.save(tmp_path, live)
    (folder / "20270101-000000-a-run").mkdir()
    (folder / "20270101-000000-a-run" / "run.json").touch()
    for path in (folder / store.file, folder):
        os.utime(path, (0, 0))
    assert store.is_live(live, tmp_path)


def test_a_result_is_found_by_a_part_of_its_name_and_the_newest_by_latest(tmp_path: Path) -> None:
    first = made_ranges.searching(tmp_path, CAREFUL)
    last = made_ranges.searching(tmp_path, TEXTBOOK, started=30)
    (tmp_path / "20270302-080000-range-a").mkdir()
    (tmp_path / "20270302-080000-range-a" / "range.json").write_text("{")
    assert RANGES.find(tmp_path, "careful").id == first.name
    assert RANGES.find(tmp_path, "latest").id == last.name
    with pytest.raises(NotFoundError, match="no range matches 'stateless'; the folders with a"):
        RANGES.find(tmp_path, "stateless")
