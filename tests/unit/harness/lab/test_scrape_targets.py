"""What is listed for Prometheus, and for how long."""

import json
import os
import time
from pathlib import Path

import pytest

from harness.lab import scrape_targets
from harness.lab.scrape_targets import listed_targets, orphans

GROUPS = [{"targets": ["127.0.0.1:1", "127.0.0.1:2"], "labels": {"job": "surgeline-driver"}}]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A runs folder that lists what is called `old`."""
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "old.json").write_text("[]")
    return tmp_path


def test_a_run_is_listed_while_it_lives(tmp_path: Path) -> None:
    listing = tmp_path / "targets" / "new.json"
    with listed_targets(tmp_path, "new", GROUPS):
        during = json.loads(listing.read_text())

    assert during == GROUPS
    assert not listing.exists()


def test_who_lives_keeps_its_listing_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrape_targets, "REFRESH_S", 0.01)
    listing = tmp_path / "targets" / "new.json"
    with listed_targets(tmp_path, "new", GROUPS):
        os.utime(listing, (0, 0))
        give_up_s = time.monotonic() + 10.0
        while listing.stat().st_mtime == 0.0 and time.monotonic() < give_up_s:
            time.sleep(0.01)

        assert orphans(tmp_path, time.time()) == []


def test_a_listing_that_was_touched_a_moment_ago_stays(root: Path) -> None:
    assert orphans(root, time.time() + 30.0) == []


def test_a_listing_that_fell_silent_is_an_orphan(root: Path) -> None:
    assert orphans(root, time.time() + 61.0) == [root / "targets" / "old.json"]


def test_a_listing_from_before_the_clock_was_set_back_is_an_orphan(root: Path) -> None:
    assert orphans(root, time.time() - 3600.0) == [root / "targets" / "old.json"]


def test_the_next_one_takes_an_orphan_away(root: Path) -> None:
    os.utime(root / "targets" / "old.json", (0, 0))

    with listed_targets(root, "new", GROUPS):
        assert sorted(path.name for path in (root / "targets").iterdir()) == ["new.json"]
