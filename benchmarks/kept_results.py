"""Results of parts of a campaign, kept under out/: a second start on the same commit goes on with what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def commit() -> str:
    """The commit whose results count; "" where files have changed since, whose results are not kept."""
    command = ["git", "describe", "--always", "--dirty"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return "" if found.endswith("-dirty") else found


def kept_part(campaign: str, name: str, arguments: Sequence[str], *, again: bool = False) -> dict[str, Any]:
    """What `python -m benchmarks.CAMPAIGN ARGUMENTS` prints as JSON: kept, or made now in a process of its own.

    Where the process fails, `{"findings": […]}` has its last line, and nothing is kept.
    """
    of = commit()
    path = ROOT / "out" / campaign / f"{of}-{name}.json"
    if of and path.is_file() and not again:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    command = [sys.executable, "-m", f"benchmarks.{campaign}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no error"])[-1]
        return {"findings": [f"{name} ended with {done.returncode}: {last}"]}
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if of:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made), encoding="utf-8")
    return made
