"""Cells of a table, each a share of simulated runs, made in two processes and kept, so that a table can be continued.

A cell is kept under out/ by its name, its number of runs, and the source of the statistics: a change of that makes it
again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from scipy.stats import binom

ROOT = Path(__file__).parents[1]
SIGNIFICANT = 0.01
Made = dict[str, Any]


def cells(
    table: str,
    make: Callable[[str, int], Made],
    names: Sequence[str],
    runs: int,
    sources: Sequence[str] = ("benchmarks/sampled_systems.py",),
) -> list[Made]:
    """The result of `make(name, runs)` for each name, in order; those that were made before are read.

    A change of one of these `sources` makes the cells again, too.
    """
    folder = ROOT / "out" / table
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: folder / f"{_key(name, runs, sources)}.json" for name in names}
    missing = [name for name in names if not kept[name].exists()]
    with ProcessPoolExecutor(max_workers=2) as pool:
        for name, made in zip(missing, pool.map(make, missing, [runs] * len(missing)), strict=True):
            kept[name].write_text(json.dumps(made), encoding="utf-8")
            print(f"  {name}", flush=True)
    return [json.loads(kept[name].read_text(encoding="utf-8")) for name in names]


def _key(name: str, runs: int, sources: Sequence[str]) -> str:
    paths = [*sorted((ROOT / "harness" / "analyse" / "stats").glob("*.py")), *(ROOT / s for s in sources)]
    content = b"".join(path.read_bytes() for path in paths)
    return hashlib.sha256(content + f"{name} {runs}".encode()).hexdigest()[:24]


def too_often(wrong: Sequence[int], runs: int, allowed: float) -> list[int]:
    """Which cells are wrong significantly more often than allowed: 99%, by Holm's correction over the cells."""
    chances = sorted((float(binom.sf(count - 1, runs, allowed)), i) for i, count in enumerate(wrong))
    found = []
    for rank, (chance, i) in enumerate(chances):
        if chance > SIGNIFICANT / (len(chances) - rank):
            break
        found.append(i)
    return sorted(found)
