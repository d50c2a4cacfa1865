"""A machine that has no more open files, memory, disk or shared memory: one line, exit code 2, nothing lost."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from harness.record.reader import Record, list_runs, open_run
from tests.conftest import SURGELINE, needs

PATIENCE_S = 110.0
COMPILED_S = 2400.0
"""A compilation takes two minutes of processor time, which a busy machine gives in twenty."""
SHORT = ("--set", "scenario.arrivals.0.duration_s=3", "--set", "scenario.slo.warmup_s=0")
RUN = ("run", "baseline", "-p", "careful", *SHORT)
ROLLOUT = ("rollout", "baseline", "--from", "careful", "--to", "textbook")
EACH = [
    RUN,
    ROLLOUT,
    ("learn", "access.log"),
    ("advise", "payment-post"),
    ("predict", "baseline", "--seeds", "5"),
]
FILLER = "filler"
FORMAT = (
    '$remote_addr - $remote_user [$msec] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    "$request_time"
)
Done = subprocess.CompletedProcess[str]
Start = Callable[..., Done]


@pytest.fixture
def start(runs: Path, tmp_path: Path) -> Start:
    """Runs `surgeline …` to its end, after words that change what the machine allows."""

    def run(*arguments: str, before: tuple[str, ...] = (), limit: int = 0, to: int = 0) -> Done:
        return subprocess.run(
            [*before, str(SURGELINE), *arguments], cwd=tmp_path, capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
            preexec_fn=(lambda: resource.setrlimit(limit, (to, to))) if to else None,
        )  # fmt: skip

    return run


def _refused(done: Done, *words: str) -> None:
    """One line, which has these words, and exit code 2."""
    assert done.returncode == 2, done.stderr
    (line,) = [text for text in done.stderr.splitlines() if "s left" not in text]
    for word in words:
        assert word in line


@pytest.mark.parametrize("arguments", EACH, ids=lambda each: each[0])
def test_too_few_open_files_are_refused_before_anything_begins(
    start: Start, runs: Path, arguments: tuple[str, ...]
) -> None:
    _refused(
        start(*arguments, limit=resource.RLIMIT_NOFILE, to=20), "20 open files", "needs 128", "ulimit -n"
    )
    assert not runs.exists()


@pytest.mark.parametrize("arguments", EACH, ids=lambda each: each[0])
def test_too_little_memory_is_refused_before_anything_is_loaded(
    start: Start, runs: Path, arguments: tuple[str, ...]
) -> None:
    _refused(start(*arguments, limit=resource.RLIMIT_AS, to=200_000_000), "virtual memory", "ulimit -v")
    assert not runs.exists()


def test_fewer_open_files_than_threads_are_refused(start: Start, runs: Path) -> None:
    """Otherwise calls would fail by this machine's fault, and look as if the upstream had refused them."""
    done = start(*RUN, limit=resource.RLIMIT_NOFILE, to=200)
    _refused(done, "service.threads is 200", "200 at most", "ulimit -n 264")
    assert list_runs(runs) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system without a free byte."""
    for folder in _mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64k", "tmpfs"):
        with suppress(OSError), (folder / FILLER).open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield folder


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A file system that cannot be written to, by root neither."""
    yield from _mounted(tmp_path / "read-only", "-t", "tmpfs", "-o", "ro", "tmpfs")


def _mounted(folder: Path, *options: str) -> Iterator[Path]:
    if os.geteuid() != 0:
        _missing("mounting a file system needs root; run it with sudo")
    folder.mkdir()
    done = subprocess.run(["mount", *options, str(folder)], check=False, capture_output=True, text=True)
    if done.returncode:
        _missing(f"this sandbox allows no mounts: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _missing(what: str) -> None:
    (pytest.fail if os.environ.get("SURGELINE_REQUIRE_ALL") == "1" else pytest.skip)(what)


@pytest.fixture
def access_log(tmp_path: Path) -> Path:
    """What a server wrote of 2,000 requests."""
    rng, at_s, lines = random.Random(1), 1_793_000_000.0, list[str]()
    for _ in range(2000):
        at_s += rng.expovariate(20.0)
        took_s = rng.lognormvariate(-4.0, 0.4)
        lines.append(f'127.0.0.1 - - [{at_s:.3f}] "GET /orders HTTP/1.1" 200 512 "-" "-" {took_s:.3f}')
    path = tmp_path / "access.log"
    path.write_text("\n".join(lines) + "\n")
    return path


WHERE = [("disk", "No space left on device"), ("read_only", "Read-only file system")]


@pytest.mark.parametrize(("where", "words"), WHERE)
@pytest.mark.parametrize("arguments", [RUN, ROLLOUT], ids=lambda each: each[0])
def test_a_record_that_cannot_be_written_is_one_line(
    request: pytest.FixtureRequest, start: Start, monkeypatch: pytest.MonkeyPatch,
    where: str, words: str, arguments: tuple[str, ...],
) -> None:  # fmt: skip
    folder: Path = request.getfixturevalue(where)
    monkeypatch.setenv("SURGELINE_RUNS", str(folder / "runs"))
    _refused(start(*arguments), str(folder), words)


@pytest.mark.parametrize(("where", "words"), WHERE)
@pytest.mark.parametrize(
    "arguments",
    [("advise", "payment-post"), ("learn", "access.log", "--log-format", FORMAT)],
    ids=["advise", "learn"],
)
def test_files_that_cannot_be_written_are_one_line_and_leave_no_part(
    request: pytest.FixtureRequest,
    start: Start,
    access_log: Path,
    where: str,
    words: str,
    arguments: tuple[str, ...],
) -> None:
    folder: Path = request.getfixturevalue(where)
    _refused(start(*arguments, "--out", str(folder / "out")), str(folder), words)
    assert [path.name for path in folder.rglob("*") if path.is_file() and path.name != FILLER] == []


@pytest.mark.acceptance
@pytest.mark.timeout(COMPILED_S + 60)
@pytest.mark.parametrize("where", ["disk", "read_only"])
def test_a_prediction_needs_no_disk(request: pytest.FixtureRequest, tmp_path: Path, where: str) -> None:
    """What is compiled for it cannot be kept, so it is compiled each time, for as long as that takes."""
    folder: Path = request.getfixturevalue(where)
    done = subprocess.run(
        [str(SURGELINE), "predict", "baseline", "--seeds", "5", "--json"], cwd=tmp_path, check=False,
        capture_output=True, text=True, timeout=COMPILED_S,
        env={**os.environ, "XDG_CACHE_HOME": str(folder), "SURGELINE_RUNS": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"measurements"' in done.stdout


def test_a_run_needs_no_shared_memory(start: Start, runs: Path) -> None:
    if os.geteuid() != 0:
        _missing("hiding /dev/shm needs root; run it with sudo")
    hidden = (
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount -t tmpfs -o ro,mode=000 none /dev/shm && exec "$@"',
        "sh",
    )
    done = start(*RUN, before=hidden)
    assert done.returncode in (0, 1, 3), done.stderr
    (record,) = list_runs(runs)
    assert isinstance(record, Record)
    assert record.state == "complete"


def _until(condition: Callable[[], object]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "nothing happened in time"
        time.sleep(0.05)


def _live(runs: Path) -> Record | None:
    """The run, once it has calls."""
    for path in runs.glob("[!.]*/calls.arrows"):
        record = open_run(path.parent)
        return record if len(record.calls(["arrival"])) else None
    return None


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system on a disk of its own, which holds the runs and can be frozen."""
    image = tmp_path / "image"
    image.touch()
    os.truncate(image, 64 << 20)
    subprocess.run([needs("mkfs.ext4", "e2fsprogs"), "-q", str(image)], check=True)
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path / "slow" / "runs"))
    yield from _mounted(tmp_path / "slow", "-o", "loop", str(image))


def test_a_disk_that_stands_still_for_seconds_costs_nothing(slow: Path, tmp_path: Path) -> None:
    """The file system is frozen in mid-run for longer than a batch: the driver waits for it, and writes everything."""
    settings = ("--set", "scenario.arrivals.0.duration_s=8", "--set", "scenario.arrivals.0.rate_per_s=50")
    process = subprocess.Popen(
        [str(SURGELINE), "run", "baseline", "-p", "careful", *settings], cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _until(lambda: _live(slow / "runs"))
    subprocess.run([needs("fsfreeze", "util-linux"), "--freeze", str(slow)], check=True)
    time.sleep(3.0)
    subprocess.run(["fsfreeze", "--unfreeze", str(slow)], check=True)
    _, printed = process.communicate(timeout=PATIENCE_S)
    (record,) = list_runs(slow / "runs")
    assert isinstance(record, Record), record
    assert (process.returncode in (0, 1, 3), record.state) == (True, "complete"), printed
    calls = record.calls()
    assert set(range(int(calls["arrival"].max()) + 1)) == set(calls["arrival"])


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_a_signal_in_the_middle_of_a_compilation_ends_a_prediction_at_once(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [str(SURGELINE), "predict", "baseline"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )  # fmt: skip
    _until(lambda: any((tmp_path / "cache").rglob("*.nbc")))
    process.send_signal(signal.SIGTERM)
    _, printed = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 143
    assert "Traceback" not in printed
