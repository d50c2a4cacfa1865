"""A kind of file that is damaged and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """Its place in a workspace, whole examples, its reader, and its share of all files."""

    name: str
    place: str
    examples: tuple[bytes, ...]
    read: Callable[[Path], object]
    share: int = 1
