"""A range on disk: `runs/<id>/range.json` beside the folders of its trials' runs."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from harness.model.errors import BadInput
from harness.model.range import OperatingRange, Quest
from harness.model.run import run_id

FILE = "range.json"


def range_id(quest: Quest, started_at: datetime) -> str:
    """The range's name: as a run's, with `range` before the scenario's."""
    when, rest = run_id(quest.policy, quest.scenario, quest.upstream, started_at).split(
        f"-{quest.scenario.name}", 1
    )
    return f"{when}-range-{quest.scenario.name}{rest}"


def save(root: Path, found: OperatingRange) -> Path:
    """Writes range.json whole, in place of the one before, and returns the range's folder."""
    folder = root / found.id
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FILE}"
    draft.write_text(found.model_dump_json(indent=1) + "\n")
    os.replace(draft, folder / FILE)
    return folder


def load(folder: Path) -> OperatingRange:
    """Reads a range. Raises BadInput when it can't be read."""
    try:
        return OperatingRange.model_validate_json((folder / FILE).read_bytes())
    except OSError:
        raise BadInput(str(folder), "", f"is not a range: it has no {FILE}") from None
    except ValueError as error:
        raise BadInput(
            str(folder / FILE), "", f"can't be read: {' '.join(str(error).split()[:20])}"
        ) from None


def ranges(root: Path) -> list[OperatingRange]:
    """Every range under `root` that can be read, newest first."""
    found = []
    for path in sorted(root.glob(f"*/{FILE}"), reverse=True):
        try:
            found.append(load(path.parent))
        except BadInput:
            continue
    return found


def find(root: Path, name: str) -> OperatingRange:
    """The only range whose name contains `name`; `latest` is the newest. Raises BadInput."""
    known = ranges(root)
    fitting = known[:1] if name == "latest" else [r for r in known if name in r.id]
    if len(fitting) == 1:
        return fitting[0]
    problem = f"fits {len(fitting)} ranges; write more of it" if fitting else "fits no range"
    raise BadInput(str(root), name, problem)
