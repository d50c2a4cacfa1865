"""A folder of runs in every state, made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
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


@pytest.fixture(scope="session")
def incident(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An incident that was watched once without a lever and once with two, and one that was killed."""
    root = tmp_path_factory.mktemp("incident")
    pulled = made_runs.underway(root, made_runs.TEXTBOOK, started_at=made_runs.STARTED + timedelta(hours=1))
    pulled.note(made_runs.lever_event(19.0, {"lever": "retries", "total": 0}))
    pulled.note(made_runs.lever_event(21.0, {"lever": "throttle", "rate_per_s": 60.0}))
    pulled.write(int(pulled.world.until_s) + 1)
    return {
        "alone": made_runs.complete(root, made_runs.TEXTBOOK),
        "pulled": pulled.finish(),
        "killed": made_runs.killed(root, made_runs.TEXTBOOK, made_runs.STARTED + timedelta(hours=2)),
    }


@pytest.fixture
def on_loopback() -> Iterator[None]:
    """The server as `surgeline dashboard` starts it; only there may runs be started."""
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", None)
