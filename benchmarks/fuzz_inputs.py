"""Reads damaged files, runs bad command lines and sends damaged requests; counts what does not end in order.

    python -m benchmarks.fuzz_inputs      # 25,000 files, 10,000 requests and 500 lines; goes on where it stopped
    python -m benchmarks.fuzz_inputs --files 60000 --requests 39000 --lines 1000
    python -m benchmarks.fuzz_inputs --shard 3             # one shard of files, in this process
    python -m benchmarks.fuzz_inputs --only parquet --files 2000 --requests 0 --lines 0 --again

A finding is a traceback, a reader that takes more than 5 s of processor time, more than 200 MB above an idle check, or
a dead process. The files are the shipped ones, and a recorded run, changed at random from a seed; each is read in
process. The requests go to a mock upstream's listener and to its control API (benchmarks/fuzz_requests.py).
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import fuzz_lines, fuzz_requests
from benchmarks.fuzz_kind import Kind
from benchmarks.fuzz_mutations import mutated
from benchmarks.fuzz_readers import kinds, read_one, workspace
from benchmarks.kept_results import kept_part
from benchmarks.time_limit import TooLongError, time_limit

AT_MOST_S, AT_MOST_MB = 5.0, 200.0
SHARDS = 25


def main() -> int:
    """Prints counts; 1 when there was a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=25_000)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--processes", type=int, default=60, help="How many of the lines are real processes.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="Only kinds of files whose name contains this.")
    parser.add_argument("--shard", type=int, help="Only this shard of files, in this process; prints JSON.")
    parser.add_argument("--request-shard", type=int, help="The same of requests.")
    parser.add_argument("--again", action="store_true", help="Make every shard again.")
    options = parser.parse_args()
    if options.shard is not None:
        print(json.dumps(shard(options.shard, options.files // SHARDS, options.seed, options.only)))
        return 0
    if options.request_shard is not None:
        made = fuzz_requests.shard(options.request_shard, options.requests // SHARDS, options.seed)
        print(json.dumps(made | {"above_mb": _peak_mb() - made["idle_mb"]}))
        return 0
    results = [_kept_shard("files", number, options) for number in range(SHARDS)] if options.files else []
    if options.requests:
        results += [_kept_shard("requests", number, options) for number in range(SHARDS)]
    lines = (
        fuzz_lines.run(options.lines, options.processes, options.seed, AT_MOST_S) if options.lines else None
    )
    return _report(results, lines)


def shard(number: int, files: int, seed: int, only: str = "") -> dict[str, Any]:
    """Reads `files` damaged files; the same ones for the same number and seed."""
    findings: list[str] = []
    with workspace() as folder:
        chosen = [kind for kind in kinds(folder) if only in kind.name]
        turns = [kind for kind in chosen for _ in range(kind.share)]
        everything = tuple(example for kind in chosen for example in kind.examples if len(example) < 100_000)
        for kind in chosen:  # what is imported and cached by whole files belongs to the idle state
            with _placed(folder / kind.place, kind.examples[0]) as path:
                read_one(kind, path)
        idle_mb, counts = _peak_mb(), Counter[str]()
        for turn in range(files):
            random = Random(f"{seed}-{number}-{turn}")  # noqa: S311
            kind = turns[turn % len(turns)]
            data = mutated(random.choice(kind.examples), everything, random)
            counts[kind.name] += 1
            if finding := _finding(kind, folder / kind.place, data):
                findings.append(f"{kind.name} ({seed}-{number}-{turn}): {finding}")
        above_mb = _peak_mb() - idle_mb
    return {"kinds": counts, "findings": findings, "above_mb": above_mb}


def _finding(kind: Kind, path: Path, data: bytes) -> str:
    """What is wrong with reading this file; "" for nothing."""
    with _placed(path, data), warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a library that is not sure warns with a traceback
        try:
            with time_limit(AT_MOST_S):
                read_one(kind, path)
        except TooLongError:
            return f"takes longer than {AT_MOST_S:.0f} s"
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            text = " ".join(str(error).split())[:120]
            return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {text}"
    return ""


@contextmanager
def _placed(path: Path, data: bytes) -> Iterator[Path]:
    """The file with this content; afterwards it is as before."""
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    try:
        yield path
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def _kept_shard(what: str, number: int, options: argparse.Namespace) -> dict[str, Any]:
    """A shard's result: of an earlier start on the same commit, or made now in a process of its own."""
    count, kept = (
        getattr(options, what),
        f"{what}-{options.seed}-{getattr(options, what)}-{options.only or 'all'}",
    )
    arguments = [f"--{what}", str(count), "--seed", str(options.seed), "--only", options.only]
    arguments += ["--shard" if what == "files" else "--request-shard", str(number)]
    found = kept_part("fuzz_inputs", f"{kept}-{number}", arguments, again=options.again)
    if found.get("above_mb", 0.0) > AT_MOST_MB:
        found["findings"] += [
            f"shard {number} of {what} takes {found['above_mb']:.0f} MB above the idle state"
        ]
    return found


def _report(results: Sequence[dict[str, Any]], lines: fuzz_lines.Lines | None) -> int:
    counts = sum((Counter(result.get("kinds", {})) for result in results), Counter[str]())
    findings = [finding for result in results for finding in result["findings"]]
    print("cases: " + ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items())))
    peak_mb = max((result.get("above_mb", 0.0) for result in results), default=0.0)
    print(
        f"{sum(counts.values()):,} damaged files and requests, {len(findings)} findings, "
        f"at most {peak_mb:.0f} MB above idle"
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
