"""Reads files that atheris makes, which keeps what reaches new code. `pip install atheris` first; it is not locked.

    python -m benchmarks.fuzz_guided                        # 2,000 cases of each kind of benchmarks/fuzz_inputs.py
    python -m benchmarks.fuzz_guided --only HAR --cases 50000

A finding is an error other than the one line that a reader may end with, more than 60 s, or a dead process. The file
that caused it is kept under out/fuzz_guided.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed: python -m pip install atheris")

with atheris.instrument_imports(include=["dashboard", "harness", "mock_upstream", "tomllib"]):
    from benchmarks.fuzz_inputs import AT_MOST_S
    from benchmarks.fuzz_kind import Kind
    from benchmarks.fuzz_readers import kinds, read_one, workspace
    from benchmarks.time_limit import WAITS_PER_WORK

KEPT = Path(__file__).parents[1] / "out" / "fuzz_guided"


def main() -> int:
    """Prints each kind's result; 1 when there was a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="Only kinds of files whose name contains this.")
    parser.add_argument("--cases", type=int, default=2000, help="Of each kind.")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    findings = cases = 0
    with workspace() as folder:
        for kind in kinds(folder):
            if options.only in kind.name:
                status = _in_child(lambda kind=kind: _fuzz(kind, folder, options.cases, options.seed))
                cases, findings = cases + options.cases, findings + bool(status)
                print(f"{kind.name}: {f'a finding, exit code {status}' if status else 'nothing'}", flush=True)
    print(f"{cases:,} cases, {findings} findings; the files are under {KEPT}")
    return int(bool(findings))


def _in_child(work: Callable[[], Any]) -> int:
    """The exit code of a process that does this: atheris ends its own process."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(70)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _fuzz(kind: Kind, folder: Path, cases: int, seed: int) -> None:
    corpus, place = Path(tempfile.mkdtemp(dir=folder)), folder / kind.place
    place.parent.mkdir(exist_ok=True)
    for number, example in enumerate(kind.examples):
        (corpus / str(number)).write_bytes(example)
    kept = KEPT / kind.name.replace(" ", "-").replace("/", "-")
    os.dup2(os.open(f"{kept}.log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY), 2)

    def one(data: bytes) -> None:
        place.write_bytes(data)
        read_one(kind, place)

    limits = [
        f"-runs={cases}",
        f"-seed={seed}",
        f"-timeout={WAITS_PER_WORK * AT_MOST_S:.0f}",
        "-max_len=20000",
    ]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={kept}-", str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
