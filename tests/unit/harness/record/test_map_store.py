"""A map on disk: kept whole, found again, and refused where it is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.errors import DamagedError, NewerSchemaError, NotFoundError, RecordError
from harness.record.map_store import claim_map, is_mapping, list_maps, load_map, save_map
from harness.record.reader import Broken
from tests.unit.dashboard.made_maps import made_map

FOUND = made_map(("sv", "vo"))


def test_a_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    claimed = claim_map(tmp_path, FOUND)
    assert load_map(tmp_path / claimed.id) == claimed == FOUND
    newer = claimed.model_copy(update={"state": "interrupted"})
    assert load_map(save_map(tmp_path, newer)) == newer


def test_maps_of_the_same_second_have_different_names(tmp_path: Path) -> None:
    assert claim_map(tmp_path, FOUND).id == FOUND.id
    assert claim_map(tmp_path, FOUND).id == f"{FOUND.id}-2"
    assert len(list_maps(tmp_path)) == 2


def test_only_a_live_map_that_was_written_lately_is_being_made(tmp_path: Path) -> None:
    claim_map(tmp_path, FOUND)
    assert not is_mapping(FOUND, tmp_path)
    live = FOUND.model_copy(update={"state": "live"})
    save_map(tmp_path, live)
    assert is_mapping(live, tmp_path)


def test_a_folder_without_a_map_is_none(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert list_maps(tmp_path) == []
    with pytest.raises(NotFoundError, match=r"has no map\.json"):
        load_map(tmp_path / "other")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('"schema_version": 1', '"schema_version": 2', NewerSchemaError),
        ('"cells"', '"sells"', DamagedError),
        (FOUND.id, "another-name", RecordError),
    ],
)
def test_a_map_that_cannot_be_read_is_listed_as_such(tmp_path: Path, old: str, new: str, error: type) -> None:
    file = save_map_folder(tmp_path) / "map.json"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (broken,) = list_maps(tmp_path)
    assert isinstance(broken, Broken)
    assert isinstance(broken.error, error)


def save_map_folder(root: Path) -> Path:
    return root / claim_map(root, FOUND).id
