"""Temporary folders are removed once their owner has ended, and not before."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from mock_upstream.process import owned_folder as owned
from mock_upstream.process.owned_folder import owned_folder, sweep_folders

DIES = "import os; from mock_upstream.process.owned_folder import owned_folder; f = owned_folder(); print(f.name); "


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def test_the_folder_of_a_living_process_is_kept() -> None:
    with owned_folder() as folder:
        sweep_folders()
        assert Path(folder).is_dir()
    assert not Path(folder).exists()


def test_the_folder_of_a_process_that_was_killed_is_removed() -> None:
    code = DIES + "import sys; sys.stdout.flush(); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    folder = Path(done.stdout.strip())
    assert folder.is_dir()
    sweep_folders()
    assert not folder.exists()


def test_a_process_with_the_same_id_that_started_later_owns_nothing_of_an_earlier_one() -> None:
    with owned_folder() as folder:
        name = Path(folder).name.split("-")
    earlier = Path(folder).with_name("-".join([*name[:3], "1", "abc"]))
    earlier.mkdir()
    sweep_folders()
    assert not earlier.exists()


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    for name in ("surgeline-notes", "surgeline-a-b-c-d", f"surgeline-00000000-{os.getpid()}-1-x"):
        (tmp_path / name).mkdir()
    sweep_folders()
    assert len(list(tmp_path.iterdir())) == 3


def test_where_owners_cannot_be_known_folders_are_made_and_none_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owned, "_BOOT", tmp_path / "hidden")
    dead = tmp_path / f"surgeline-00000000-{2**30}-1-abc"
    dead.mkdir()
    with owned_folder() as folder:
        sweep_folders()
        assert Path(folder).is_dir()
    assert dead.is_dir()
