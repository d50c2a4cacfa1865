"""A folder of runs in every state, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.launch import RUNS
from tests.unit.dashboard import made_runs


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of complete, killed, live, broken and newer runs, by name."""
    return made_runs.everything(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def root(made: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which they are, set as the dashboard's."""
    folder = made["careful"].parent
    monkeypatch.setenv(RUNS, str(folder))
    return folder
