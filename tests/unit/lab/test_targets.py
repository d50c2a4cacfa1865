"""What is listed for Prometheus, and for how long."""

import json
import time
from pathlib import Path

import pytest

from harness.targets import listed, orphans

GROUPS = [{"targets": ["127.0.0.1:1", "127.0.0.1:2"], "labels": {"job": "surgeline-driver"}}]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A runs folder with one listed run, called `old`."""
    (tmp_path / "old").mkdir()
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "old.json").write_text("[]")
    return tmp_path


def test_a_run_is_listed_while_it_lives(tmp_path: Path) -> None:
    listing = tmp_path / "targets" / "new.json"
    with listed(tmp_path, "new", GROUPS):
        during = json.loads(listing.read_text())

    assert during == GROUPS
    assert not listing.exists()


def test_a_run_that_writes_keeps_its_listing(root: Path) -> None:
    assert orphans(root, time.time() + 30.0) == []


def test_a_run_that_fell_silent_is_taken_off_the_list_by_the_next_one(root: Path) -> None:
    assert orphans(root, time.time() + 61.0) == [root / "targets" / "old.json"]


@pytest.mark.parametrize("how", ["over", "gone"])
def test_a_run_that_is_over_or_gone_is_taken_off(root: Path, how: str) -> None:
    if how == "over":
        (root / "old" / "end.json").touch()
    else:
        (root / "old").rmdir()

    with listed(root, "new", GROUPS):
        assert sorted(path.name for path in (root / "targets").iterdir()) == ["new.json"]
