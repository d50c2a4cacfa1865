"""Bad input: one clear line, exit code 2, nothing half-made left behind."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.conftest import Program


def _refused(surgeline: Program, runs: Path, *arguments: str) -> str:
    done = surgeline(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert not list(runs.glob("*/run.json"))
    assert not list(runs.glob("targets/*"))
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def _file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'name = "a"\n[adapter]\npool_maxsiz = 5',
            "adapter.pool_maxsiz is not a known key; did you mean pool_maxsize",
        ),
        (
            'name = "a"\n[adapter]\npool_maxsize = "5"',
            'adapter.pool_maxsize is "5" (a string); it must be an integer',
        ),
        ('name = "a"\n[adapter', "a.toml: is not valid TOML"),
    ],
)
def test_a_bad_policy_is_refused(command: Program, runs: Path, tmp_path: Path, text: str, words: str) -> None:
    policy = _file(tmp_path, "a.toml", text)
    assert words in _refused(command, runs, "run", "baseline", "--policy", policy)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\nfactory = "nowhere.http:build"', "importing nowhere.http failed: ModuleNotFoundError"),
        pytest.param(
            'name = "a"\nfactory = "os.path:nothing"',
            "os.path has no callable nothing",
            marks=pytest.mark.acceptance,
        ),
        pytest.param(
            'name = "a"\nfactory = "os:getcwd"',
            "os:getcwd returned str; it must return a requests.Session",
            marks=pytest.mark.acceptance,
        ),
        pytest.param(
            'name = "a"\nfactory = "os:remove"', "os:remove raised TypeError", marks=pytest.mark.acceptance
        ),
        ('name = "a"\n[session]\nauth = {kind = "bearer", token = "env:NO_SUCH"}', "NO_SUCH is not set"),
    ],
)
def test_a_policy_that_cannot_be_loaded_is_refused(
    surgeline: Program, runs: Path, tmp_path: Path, text: str, words: str
) -> None:
    policy = _file(tmp_path, "a.toml", text)
    assert words in _refused(surgeline, runs, "run", "baseline", "--policy", policy)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "scenario.arrivals.0.rate_per_s=-5"], "arrivals.0.rate_per_s is -5; it must be"),
        (["--set", 'scenario.upstream="nowhere.toml"'], "there is no file"),
        (["--set", 'scenario.slo.thresholds=["p99(latncy) < 1s"]'], "at character 5"),
        (
            ["--target", "http://192.0.2.1:80"],
            "is not loopback; if you are allowed to send load to it, add --allow-target 192.0.2.1",
        ),
        (["--target", "nonsense"], "is not a URL"),
        (["--target", "http://[::1"], "is not a URL"),
        (["--target", r"http://evil.example\@127.0.0.1"], "contains a backslash"),
        (["--target", "http://user:letmein@127.0.0.1"], "***@127.0.0.1 contains credentials"),
    ],
)
def test_a_bad_scenario_or_target_is_refused(
    command: Program, runs: Path, arguments: list[str], words: str
) -> None:
    assert words in _refused(command, runs, "run", "baseline", "--policy", "careful", *arguments)


def test_a_journey_that_cannot_be_loaded_is_refused(surgeline: Program, runs: Path) -> None:
    arguments = ("run", "baseline", "--policy", "careful", "--set", 'scenario.journey="nowhere:go"')
    assert "importing nowhere failed" in _refused(surgeline, runs, *arguments)


def test_a_missing_file_is_refused(command: Program, runs: Path) -> None:
    assert "gone.toml: does not exist" in _refused(command, runs, "run", "gone.toml", "--policy", "careful")


def test_a_metrics_port_in_use_is_refused(
    surgeline: Program, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("SURGELINE_METRICS_PORT", str(port))
        assert f"127.0.0.1:{port}" in _refused(surgeline, runs, "run", "baseline", "--policy", "careful")


def test_a_port_for_workers_in_use_is_refused(surgeline: Program, runs: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        line = _refused(
            surgeline, runs, "run", "baseline", "-p", "careful", "--expect-workers", "1", "--bind", place
        )
    assert line.startswith(f"{place}: --bind cannot be opened for workers")


def test_an_upstream_port_in_use_is_refused(surgeline: Program, runs: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = _refused(surgeline, runs, "upstream", "orders-api", "--port", str(port))
    assert str(port) in line


def test_comparing_a_policy_with_itself_is_refused(command: Program, runs: Path) -> None:
    line = _refused(command, runs, "compare", "baseline", "--policy", "careful", "--policy", "careful")
    assert "different names" in line


def test_check_reads_everything_without_load(command: Program, runs: Path) -> None:
    done = command("check", "dependency-slowdown", "--policy", "textbook", "--policy", "careful")
    assert done.returncode == 0, done.stderr
    assert "at most 5 attempts per call" in done.stdout
    assert "p99(latency) < 1.5s: at least " in done.stdout
    assert not list(runs.glob("*"))
