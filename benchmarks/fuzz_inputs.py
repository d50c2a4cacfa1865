"""Reads thousands of damaged files and runs hundreds of bad command lines; counts what does not end in one line.

    python -m benchmarks.fuzz_inputs                       # 25,000 files and 500 lines; goes on where it stopped
    python -m benchmarks.fuzz_inputs --shard 3             # one shard of files, in this process
    python -m benchmarks.fuzz_inputs --only parquet --files 2000 --again

A finding is a traceback, a reader that takes longer than 5 s, more than 200 MB above an idle check, or a dead process.
The files are the shipped ones, and a recorded run, changed at random from a seed; each is read in process.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from benchmarks import fuzz_lines
from benchmarks.fuzz_mutations import mutated
from benchmarks.fuzz_readers import Kind, kinds, read_one, workspace

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "fuzz"
AT_MOST_S, AT_MOST_MB = 5.0, 200.0
SHARDS = 25
TOO_LONG = f"takes longer than {AT_MOST_S:.0f} s"


class TooLongError(BaseException):
    """A reader takes longer than it may; no handler of errors catches it."""


def main() -> int:
    """Prints counts; 1 when there was a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=25_000)
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--processes", type=int, default=60, help="How many of the lines are real processes.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="Only kinds of files whose name contains this.")
    parser.add_argument("--shard", type=int, help="Only this shard, in this process; prints JSON.")
    parser.add_argument("--again", action="store_true", help="Make every shard again.")
    options = parser.parse_args()
    if options.shard is not None:
        print(json.dumps(shard(options.shard, options.files // SHARDS, options.seed, options.only)))
        return 0
    results = [_kept_shard(number, options) for number in range(SHARDS)]
    lines = (
        fuzz_lines.run(options.lines, options.processes, options.seed, AT_MOST_S) if options.lines else None
    )
    return _report(results, lines)


def shard(number: int, files: int, seed: int, only: str = "") -> dict[str, object]:
    """Reads `files` damaged files; the same ones for the same number and seed."""
    findings: list[str] = []
    with workspace() as folder:
        chosen = [kind for kind in kinds(folder) if only in kind.name]
        turns = [kind for kind in chosen for _ in range(kind.share)]
        everything = tuple(example for kind in chosen for example in kind.examples if len(example) < 100_000)
        for kind in chosen:  # what is imported and cached by whole files belongs to the idle state
            with _placed(folder / kind.place, kind.examples[0]) as path:
                kind.read(path)
        idle_mb, counts = _peak_mb(), Counter[str]()
        for turn in range(files):
            random = Random(f"{seed}-{number}-{turn}")  # noqa: S311
            kind = turns[turn % len(turns)]
            data = mutated(random.choice(kind.examples), everything, random)
            finding = _finding(kind, folder / kind.place, data)
            if finding == TOO_LONG:  # once more, because the machine may have been busy
                finding = _finding(kind, folder / kind.place, data)
            counts[kind.name] += 1
            if finding:
                findings.append(f"{kind.name} ({seed}-{number}-{turn}): {finding}")
        above_mb = _peak_mb() - idle_mb
    if above_mb > AT_MOST_MB:
        findings.append(f"shard {number} takes {above_mb:.0f} MB above the idle state")
    return {"files": sum(counts.values()), "kinds": counts, "findings": findings, "above_mb": above_mb}


def _finding(kind: Kind, path: Path, data: bytes) -> str:
    """What is wrong with reading this file; "" for nothing."""
    with _placed(path, data):
        began_s = time.monotonic()
        signal.signal(signal.SIGALRM, _too_long)
        signal.setitimer(signal.ITIMER_REAL, AT_MOST_S)
        try:
            read_one(kind, path)
        except TooLongError:
            return TOO_LONG
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            text = " ".join(str(error).split())[:120]
            return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {text}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return TOO_LONG if time.monotonic() - began_s > AT_MOST_S else ""


@contextmanager
def _placed(path: Path, data: bytes) -> Iterator[Path]:
    """The file with this content; afterwards it is as before."""
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    try:
        yield path
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def _too_long(*_: object) -> None:
    raise TooLongError


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def _kept_shard(number: int, options: argparse.Namespace) -> dict[str, object]:
    """A shard's result: of an earlier start on the same commit, or made now in a process of its own."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    path = KEPT / f"{commit}-{options.seed}-{options.files}-{options.only or 'all'}-{number}.json"
    if path.is_file() and not options.again:
        found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
        return found
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz_inputs",
        "--shard",
        str(number),
        "--files",
        str(options.files),
    ]
    command += ["--seed", str(options.seed), "--only", options.only]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no error"])[-1]
        return {
            "files": 0,
            "kinds": {},
            "findings": [f"shard {number} ended with {done.returncode}: {last}"],
            "above_mb": 0,
        }
    KEPT.mkdir(parents=True, exist_ok=True)
    path.write_text(done.stdout, encoding="utf-8")
    result: dict[str, object] = json.loads(done.stdout)
    return result


def _report(results: list[dict[str, object]], lines: fuzz_lines.Lines | None) -> int:
    counts = sum((Counter(result["kinds"]) for result in results), Counter[str]())  # type: ignore[arg-type]
    findings = [finding for result in results for finding in result["findings"]]  # type: ignore[attr-defined]
    print("files read: " + ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items())))
    peak_mb = max(float(str(result["above_mb"])) for result in results)
    print(
        f"{sum(counts.values()):,} damaged files, {len(findings)} findings, at most {peak_mb:.0f} MB above idle"
    )
    if lines is not None:
        findings += lines.findings
        print(
            f"{lines.in_process:,} bad command lines in process and {lines.processes} as processes, "
            f"{len(lines.findings)} findings; exit codes {dict(sorted(lines.codes.items()))}, "
            f"slowest {lines.slowest_s:.1f} s, at most {lines.above_mb:.0f} MB above an idle check"
        )
    for finding in findings[:40]:
        print(f"  {finding}")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
