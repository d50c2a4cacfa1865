"""Bad command lines: most inside this process, through the same `main()`, and some as real processes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Never
from unittest.mock import patch

from benchmarks.fuzz_readers import workspace
from benchmarks.time_limit import TooLongError, time_limit
from harness.model.errors import MachineError
from surgeline import cli

EXPECTED, TOO_LONG = {0, 1, 2, 3, 74, 141}, 124
VALUES = (
    "", "²", "-5", "nan", "inf", "1e999", "9" * 4301, "0x" + "f" * 500, "99999", "a" * 300, "[" * 500, "..", "-", "é",
    "/dev/null", "/dev/zero", "/", ".", "pipe", "loop", "folder.toml", "\x1b[31mred\x1b[0m", "[bold]x", "\udcff", "²%",
    "0%", "-1%", "%00", "127.0.0.1:²", "127.0.0.1:99999", ":", "http://[::1", "http://a b", "ftp://127.0.0.1", "x y",
    "http://user:pw@127.0.0.1:1", "http://evil.example\\@127.0.0.1", "latest", "no-such-run", "a=1", "--", "\n",
)  # fmt: skip
KEYS = (
    "scenario.arrivals.².x", "scenario.arrivals.0.rate_per_s", "policy.adapter.pool_maxsize", "scenario.seed", "x",
    "policy." + ".".join("a" * 1500), "policy.a", "upstream.capacity.workers", "scenario.arrivals", "policy.name",
    "scenario.slo.thresholds", "scenario.upstream", "scenario.journey", "policy.retry.total", "scenario.name",
)  # fmt: skip
BAD = ("--set", "scenario.no_such_key=1")
LINES: tuple[tuple[str, ...], ...] = (
    ("check", "{}", "-p", "careful"),
    ("check", "baseline", "-p", "{}"),
    ("check", "baseline", "-p", "careful", "--set", "{key}={}"),
    ("run", "baseline", "-p", "careful", "--seed", "{}", *BAD),
    ("run", "baseline", "-p", "careful", "--set", "{key}={}", *BAD),
    ("run", "baseline", "-p", "careful", "--target", "{}", *BAD[:1], "scenario.journey=no:such"),
    ("run", "baseline", "-p", "careful", "--expect-workers", "{}", "--bind", "{}", *BAD),
    ("run", "baseline", "-p", "careful", "--workers", "{}", *BAD),
    ("run", "{}", "-p", "{}", *BAD),
    ("compare", "baseline", "-p", "careful", "-p", "textbook", "--within", "{}", "--max-minutes", "0", *BAD),
    ("compare", "baseline", "-p", "careful", "-p", "{}", "--seed", "{}", *BAD),
    ("range", "{}", "-p", "careful", "--within", "{}", *BAD),
    ("range", "--resume", "{}", "--trigger-at", "{}"),
    ("rehearse", "dependency-slowdown", "-p", "careful", "--lever", "{}", "--after", "{}", *BAD),
    ("rehearse", "dependency-slowdown", "-p", "careful", "--lever", "throttle --rate {}", *BAD),
    ("gate", "baseline", "-p", "careful", "--baseline", "{}", "--threshold", "{}", *BAD),
    ("gate", "baseline", "-p", "careful", "--baseline", "{}"),
    ("lever", "{}", "throttle", "--rate", "{}"),
    ("lever", "latest", "{}", "{}"),
    ("show", "{}"),
    ("show", "{}", "--from-prometheus", "{}"),
    ("tag", "latest", "add", "{}"),
    ("tag", "{}", "{}", "{}"),
    ("report", "{}", "-o", "{}"),
    ("report", "latest", "-o", "{}"),
    ("suggest", "{}", "--key", "{}"),
    ("list", "--tag", "{}"),
    ("pitfalls", "{}"),
    ("schema", "{}"),
    ("init", "{}"),
    ("learn", "{}", "--out", "{}"),
    ("learn", "{}", "--log-format", "{}", "--beside", "{}"),
    ("learn", "--incident", "{}", "--prometheus", "http://127.0.0.1:1"),
    ("learn", "--range", "{}", "--prometheus", "{}", "--metric", "{}"),
    ("learn", "server.har", "--host", "{}"),
    ("advise", "{}", "--out", "{}"),
    ("predict", "{}", "-p", "{}", *BAD),
    ("predict", "baseline", "-p", "careful", "--set", "{key}={}"),
    ("rollout", "{}", "{}"),
    ("instrument", "{}"),
    ("dashboard", "--port", "{}x"),
    ("upstream", "{}"),
    ("worker", "--master", "{}"),
    ("doctor", "x{}"),
    ("{}",),
    ("{}", "{}"),
    ("--{}",),
)


@dataclass(slots=True)
class Lines:
    """What came of the lines."""

    in_process: int = 0
    processes: int = 0
    findings: list[str] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    slowest_s: float = 0.0
    above_mb: float = 0.0


def run(lines: int, processes: int, seed: int, at_most_s: float) -> Lines:
    """Runs so many lines, of which so many as processes of their own, spread evenly."""
    seen = Lines()
    with workspace() as folder, _inside(folder):
        _odd_files(folder)
        idle_s, idle_mb = (
            _process(("check", "baseline", "-p", "careful"), 120.0)[2:4] if processes else (0.0, 0.0)
        )
        for number in range(lines):
            arguments = line(number, seed)
            if (number * processes) // lines != ((number + 1) * processes) // lines:
                code, errors, took_s, peak_mb = _process(arguments, 12.0 * max(at_most_s, idle_s))
                seen.processes, seen.above_mb = seen.processes + 1, max(seen.above_mb, peak_mb - idle_mb)
                if peak_mb - idle_mb > 200.0:
                    seen.findings.append(f"{_shown(arguments)}: takes {peak_mb:.0f} MB")
            else:
                code, errors, took_s = in_process(arguments, at_most_s)
                if code == TOO_LONG:  # the first report imports for seconds
                    code, errors, took_s = in_process(arguments, at_most_s)
                seen.in_process += 1
            seen.slowest_s = max(seen.slowest_s, took_s)
            seen.codes[code] += 1
            if problem := _problem(code, errors):
                seen.findings.append(f"{_shown(arguments)}: {problem}")
    return seen


def line(number: int, seed: int) -> tuple[str, ...]:
    """A bad command line; the same for the same number and seed. A null character cannot be in one."""
    random = Random(f"{seed}-line-{number}")  # noqa: S311
    return tuple(
        word.replace("{key}", random.choice(KEYS)).replace("{}", random.choice(VALUES))
        for word in LINES[number % len(LINES)]
    )


def in_process(arguments: tuple[str, ...], at_most_s: float) -> tuple[int, str, float]:
    """Exit code, standard error and seconds of a command inside this process, which starts no other one."""
    errors, began_s = io.StringIO(), time.monotonic()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with (
            time_limit(at_most_s),
            _no_processes(),
            patch.object(sys, "argv", ["surgeline", *arguments]),
            redirect_stdout(io.StringIO()),
            redirect_stderr(errors),
        ):
            cli.main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    except TooLongError:
        code = TOO_LONG
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return code, errors.getvalue(), time.monotonic() - began_s


def _process(arguments: tuple[str, ...], at_most_s: float) -> tuple[int, str, float, float]:
    """Exit code, standard error, seconds and peak memory in MB of a command as a process of its own."""
    began_s, errors, peak_mb = time.monotonic(), Path("errors.txt"), 0.0
    with errors.open("wb") as sink:
        command = [sys.executable, "-m", "surgeline", *(os.fsencode(word) for word in arguments)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sink)
        while process.poll() is None and time.monotonic() - began_s < at_most_s:
            peak_mb = max(peak_mb, _peak_mb(process.pid))
            time.sleep(0.01)
        code = process.poll()
        if code is None:
            process.kill()
            process.wait()
            code = TOO_LONG
    return code, errors.read_bytes().decode("utf-8", "replace"), time.monotonic() - began_s, peak_mb


def _peak_mb(pid: int) -> float:
    """The peak so far; 0 once it is over. That of `wait4` would include this process, from which it was forked."""
    with suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/status").read_text("utf-8").partition("VmHWM:")[2].split()[0]) / 1024.0
    return 0.0


def _problem(code: int, errors: str) -> str:
    """What is wrong with how a command ended; "" for nothing."""
    lines = errors.strip().splitlines()
    if code == TOO_LONG:
        return "takes too long"
    if "Traceback" in errors or code not in EXPECTED:
        return f"exit code {code}: {lines[-1][:200] if lines else 'no message'}"
    if any(character < " " and character not in "\n\t" for character in errors):
        return "prints a control character"
    if any(len(each) >= 500 for each in lines):
        return f"prints a line of {max(map(len, lines))} characters"
    return "" if code != 2 or len(lines) == 1 else f"prints {len(lines)} lines"


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        with patch.dict(os.environ, {"SURGELINE_RUNS": "runs", "PYTHONPATH": str(before)}):
            yield
    finally:
        os.chdir(before)


def _odd_files(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "folder.toml").mkdir()


@contextmanager
def _no_processes() -> Iterator[None]:
    """Within the block a command that would start a process ends there."""
    with (
        patch("harness.lab.driver_processes.ChildProcess", _refuse),
        patch("harness.lab.upstream_process.ChildProcess", _refuse),
        patch("subprocess.call", _refuse),
        patch("os.execv", _refuse),
        patch("os.execve", _refuse),
        patch("surgeline.commands.doctor.doctor", _refuse),
        patch("harness.pitfalls.check.play_case", _refuse),
    ):
        yield


def _refuse(*_: object, **__: object) -> Never:
    raise MachineError("this test", "", "starts no process")


def _shown(arguments: tuple[str, ...]) -> str:
    return " ".join(ascii(word[:60]) for word in arguments)
