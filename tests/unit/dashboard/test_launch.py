"""How the server is started."""

from __future__ import annotations

from pathlib import Path

from dashboard.launch import command, environment


def test_the_server_listens_on_loopback_and_tells_nobody() -> None:
    line = command(8501, Path("runs"))
    assert "--server.address=127.0.0.1" in line
    assert "--browser.gatherUsageStats=false" in line
    assert "--server.port=8501" in line


def test_the_server_is_told_where_the_runs_are(tmp_path: Path) -> None:
    assert environment(tmp_path)["SURGELINE_RUNS"] == str(tmp_path)
    assert f"SURGELINE_RUNS={tmp_path}" in command(1, tmp_path)


def test_a_server_that_may_only_look_is_told_so(tmp_path: Path) -> None:
    assert environment(tmp_path, read_only=True)["SURGELINE_READ_ONLY"] == "1"
    assert "SURGELINE_READ_ONLY" not in environment(tmp_path)
