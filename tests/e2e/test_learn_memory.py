"""Memory does not grow with the log: it is read once, into a database on disk."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

LEARN = """
import json, resource, sys
from pathlib import Path
from harness.learn.estimate import learn
found = learn([Path(sys.argv[1])])
print(json.dumps([found.requests, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3]))
"""
LINE = (
    '10.0.0.1 - - [15/Jan/2027:08:00:00 +0000] "GET /orders/{n}?q=1 HTTP/1.1" 200 512 "-" "python-requests/2" '
    "{end:.3f} {took:.3f}\n"
)


def write(path: Path, lines: int) -> int:
    """A log of this many lines; returns its size in MB."""
    rng, end_s = random.Random(1), 1.8e9
    with path.open("w") as log:
        for n in range(lines):
            end_s += rng.expovariate(200)
            log.write(LINE.format(n=n, end=end_s, took=rng.expovariate(20)))
    return path.stat().st_size // 1_000_000


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_ten_times_the_log_needs_the_same_memory(tmp_path: Path) -> None:
    used_mb = {}
    for lines in (200_000, 2_000_000):
        path = tmp_path / f"{lines}.log"
        size_mb = write(path, lines)
        done = subprocess.run([sys.executable, "-c", LEARN, path], capture_output=True, text=True, check=True)
        requests, used_mb[size_mb] = json.loads(done.stdout)
        assert requests == lines
        path.unlink()
    (small_mb, small), (large_mb, large) = used_mb.items()

    assert large_mb > 9 * small_mb
    assert large < small + 250, used_mb  # the database's own limit is 200 MB
