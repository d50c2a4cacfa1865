"""What the environment says of a command."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.lab import settings
from harness.model.errors import ConfigError


def test_a_command_knows_the_background_job_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.JOB, "20260301-080000-000001")
    assert settings.job() == "20260301-080000-000001"


def test_a_command_from_a_terminal_is_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.JOB, raising=False)
    assert settings.job() == ""


@pytest.mark.parametrize(
    ("name", "problem"),
    [("file", "which is no folder"), ("loop", "which is no folder"), ("x" * 300, "File name too long")],
)
def test_a_runs_folder_that_is_none_blames_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path / name))
    with pytest.raises(ConfigError, match=rf"^SURGELINE_RUNS: is .*{problem}.*; name a folder$"):
        settings.runs_folder()


@pytest.mark.parametrize("port", ["²", "-1", "65536", "9" * 5000, ""])
def test_a_port_for_metrics_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("SURGELINE_METRICS_PORT", port)
    with pytest.raises(ConfigError, match="it must be a port, 0 to 65535"):
        settings.metrics_address()
