"""The smallest inputs that once ended in a traceback: each ends in one short line and a documented exit code."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import Program

CHECK = ("check", "baseline", "-p")
RUN = ("run", "baseline", "-p", "careful")
SCENARIO = 'name="s"\nupstream="u.toml"\njourney="m:f"\n'
REPLAY = SCENARIO + 'arrivals=[{shape="replay", trace=TRACE, format="csv"}]\n'


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with a pipe, a link to itself, and a file."""
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "u.toml").write_text('name="u"\n')
    return tmp_path


def _line(command: Program, *arguments: str) -> str:
    done = command(*arguments)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (2, "", 1), done.stderr
    assert len(lines[0]) < 500
    assert lines[0].isprintable()
    return lines[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a=" + "[" * 500, "nests values deeper than 32 levels"),
        (".".join("a" * 500) + "=1", "nests values deeper than 32 levels"),
        ("a=" + "9" * 4301, "has an integer of more than 64 bits"),
        ("a=0x" + "f" * 5000, "has an integer of more than 64 bits"),
        (
            'name="a"\n[adapter]\npool_maxsize=99999999999',
            "pool_maxsize is 99999999999; it must be at most 100000",
        ),
        ('name="a"\n[retry]\ntotal=99999999999999999999', "has an integer of more than 64 bits"),
        ('name="' + "a" * 300 + '"', "name is"),
        ('name="a"\n"\x1b[31m"=1'.replace("\x1b", "\\u001b"), "␛[31m is not a known key"),
        ('name="a"\n"' + "k" * 2000 + '"=1', "is not a known key"),
        ("#" * 1_000_001, "is larger than 1 MB; make it smaller"),
        ("a\0=1", "is not valid TOML"),
    ],
)
def test_a_policy_s_text_is_refused(command: Program, odd: Path, text: str, words: str) -> None:
    (odd / "a.toml").write_text(text)
    assert words in _line(command, *CHECK, "a.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (REPLAY.replace("TRACE", '"/dev/zero"'), "/dev/zero: is a device"),
        (REPLAY.replace("TRACE", '"pipe.toml"'), "pipe.toml: is a pipe"),
        (
            REPLAY.replace("TRACE", '"loop.toml"'),
            "loop.toml: cannot be read (Too many levels of symbolic links)",
        ),
        (REPLAY.replace("TRACE", '"a\\u0000b"'), "path contains a null character"),
        (REPLAY.replace("TRACE", '"' + "a" * 300 + '"'), "File name too long"),
        (SCENARIO + "arrivals=[{rate_per_s=1e6, duration_s=1e5}]", "plans 100,000,000,000 arrivals"),
        (
            SCENARIO.replace("u.toml", "a\\u0000") + "arrivals=[{rate_per_s=1, duration_s=1}]",
            "there is no file",
        ),
        (
            SCENARIO.replace("u.toml", "a" * 300) + "arrivals=[{rate_per_s=1, duration_s=1}]",
            "File name too long",
        ),
        (SCENARIO.replace("u.toml", "pipe.toml") + "arrivals=[{rate_per_s=1, duration_s=1}]", "is a pipe"),
    ],
)
def test_a_scenario_s_text_is_refused(command: Program, odd: Path, text: str, words: str) -> None:
    (odd / "a.toml").write_text(text)
    assert words in _line(command, "check", "a.toml", "-p", "careful")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*CHECK, "pipe.toml"), "is a pipe"),
        ((*CHECK, "folder.toml"), "does not exist"),
        ((*CHECK, "loop.toml"), "does not exist"),
        ((*CHECK, "/dev/zero"), "is a device"),
        ((*CHECK, "a" * 300), "File name too long"),
        ((*CHECK, "\x1b[31mred"), "␛[31mred"),
        ((*RUN, "--set", "scenario.arrivals.².x=1"), "² is not an item of a list of 1"),
        ((*RUN, "--set", "policy." + ".".join("a" * 1500) + "=1"), "has a key of more than 32 parts"),
        ((*RUN, "--set", "policy.a=" + "9" * 4301), "has an integer of more than 64 bits"),
        ((*RUN, "--set", "policy.a=" + "[" * 500), "nests values deeper"),
        ((*RUN, "--seed", "-5"), "'--seed'"),
        ((*RUN, "--seed", "9" * 5000), "'--seed'"),
        ((*RUN, "--expect-workers", "1", "--bind", "127.0.0.1:²"), "--bind: 127.0.0.1:² must be HOST:PORT"),
        (
            ("compare", "baseline", "-p", "careful", "-p", "textbook", "--within", "²%"),
            "must be a percentage",
        ),
        (("show", "--from-prometheus", "http://[::1"), "is not a URL"),
        ((*RUN, "--target", "http://[::1"), "--target"),
        (("show", "%00"), "no run matches '%00'"),
        (("dashboard", "--port", "99999"), "'--port'"),
        (("init", "/dev/null"), "/dev/null/scenarios: cannot be made: Not a directory"),
        (("lever", "latest", "throttle", "--rate", "9" * 4301), "no run matches 'latest'"),
        (("--no-such-option",), "surgeline: No such option: --no-such-option; see surgeline --help"),
    ],
)
def test_a_command_line_is_refused(command: Program, odd: Path, arguments: Sequence[str], words: str) -> None:
    assert words in _line(command, *arguments)


def test_a_runs_folder_that_is_a_file_is_refused(
    command: Program, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(odd / "u.toml"))
    assert "which is no folder; name a folder" in _line(command, "list")


def test_an_error_that_nobody_foresaw_is_one_line_with_a_file_of_details(
    command: Program, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise KeyError("\x1b[31m" + "x" * 5000)

    monkeypatch.setattr("surgeline.commands.list.list_runs", fail)
    done = command("list")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (70, "", 1)
    assert len(done.stderr) < 500
    (report,) = (odd / "runs").glob("surgeline-error-*.txt")
    assert done.stderr.endswith(f"the details are in {report}\n")
    assert "KeyError" in report.read_text()


def test_without_a_runs_folder_the_details_are_in_the_temporary_folder(
    command: Program, odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(tempfile, "tempdir", str(odd))
    monkeypatch.setattr("surgeline.commands.list.list_runs", fail)
    monkeypatch.setattr("surgeline.commands.list.runs_folder", lambda: odd)
    monkeypatch.setenv("SURGELINE_RUNS", str(odd / "u.toml"))
    assert command("list").returncode == 70
    assert len(list(odd.glob("surgeline-error-*.txt"))) == 1
