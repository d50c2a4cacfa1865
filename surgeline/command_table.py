"""The commands by their names; the module of one is imported when it is asked for, and not for another command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup

from harness.model.errors import ConfigError
from surgeline import NEEDS_LAB, is_of_lab

NAMES = (
    "check", "run", "compare", "predict", "map", "calibrate", "tune", "rehearse", "rollout", "worker", "instrument",
    "lever", "list", "show", "tag", "report", "upstream", "dashboard", "pitfalls", "schema", "init", "range", "gate",
    "suggest", "learn", "advise", "doctor",
)  # fmt: skip
"""In the order of the help. Each is a module of `surgeline.commands`."""
BUILT_IN = frozenset({"list", "map", "range"})
"""Names of Python's own functions; those of the commands end in an underscore."""
PASS_ON = frozenset({"instrument", "lever", "upstream"})
"""Commands that hand arguments on that they do not know."""


class Commands(Mapping[str, Any]):
    """Typer's command for each name."""

    def __getitem__(self, name: str) -> Any:
        if name not in NAMES:
            raise KeyError(name)
        function = getattr(_module(name), f"{name}_" if name in BUILT_IN else name)
        settings = {"allow_extra_args": True, "ignore_unknown_options": True} if name in PASS_ON else None
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name, context_settings=settings)(function)
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


def _module(name: str) -> ModuleType:
    """The module of a command. Raises ConfigError where a package is not installed that it needs."""
    try:
        return import_module(f"surgeline.commands.{name}")
    except ModuleNotFoundError as missing:
        if not is_of_lab(missing):
            raise
        raise ConfigError("surgeline", name, NEEDS_LAB) from missing


class CommandTable(TyperGroup):
    """The group of all commands, of which only those are imported that are asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": {}})
        self.commands: Any = Commands()
