"""A policy's file that may change while a service runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from harness.model.policy import Policy


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy, and the SHA-256 digest of the file from which it was read."""

    policy: Policy
    digest: str


def digest_of(path: Path) -> str:
    """The SHA-256 digest of a file. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def signature(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file is written or replaced; None while there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def changes(before: Policy, after: Policy) -> dict[str, list[object]]:
    """The settings that differ, by their dotted keys: [before, after]. Secrets are references in both."""
    old, new = _flat(before.model_dump(mode="json")), _flat(after.model_dump(mode="json"))
    return {
        key: [old.get(key), new.get(key)]
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    }


def _flat(value: object, key: str = "") -> dict[str, object]:
    if not isinstance(value, dict):
        return {key: value}
    found: dict[str, object] = {}
    for name, inner in value.items():
        found |= _flat(inner, f"{key}.{name}" if key else name)
    return found
