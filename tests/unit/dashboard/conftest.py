"""A folder of runs in every state, made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config

from dashboard.launch import RUNS
from tests.unit.dashboard import made_ranges, made_runs


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


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of complete, killed, broken and newer ranges, by name."""
    return made_ranges.everything(tmp_path_factory.mktemp("ranges"))


@pytest.fixture
def ranges_root(searched: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which they are, set as the dashboard's."""
    folder = searched["careful"].parent
    monkeypatch.setenv(RUNS, str(folder))
    return folder


@pytest.fixture
def on_loopback() -> Iterator[None]:
    """The server as `surgeline dashboard` starts it; only there may runs be started."""
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", None)
