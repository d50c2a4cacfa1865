"""The team's own code, found by name: factories, auth, journeys."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import requests

from harness.model.errors import ConfigError


def load_object(spec: str, place: str, key: str) -> Callable[..., object]:
    """The callable behind `module:name`. Raises ConfigError when it cannot be imported or does not exist."""
    module_name, _, name = spec.partition(":")
    try:
        found: object = importlib.import_module(module_name)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise ConfigError(place, key, f"is {spec!r}, and importing {module_name} failed: {why}") from None
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise ConfigError(place, key, f"is {spec!r}, and {module_name} has no callable {name}")
    return found


def session_factory(spec: str, place: str, path: str | None) -> Callable[[], requests.Session]:
    """The team's own factory of Sessions, called once to check that it works. Raises ConfigError, now and later."""
    if path is not None:
        _reachable(path, place)
    factory = load_object(spec, place, "factory")

    def make() -> requests.Session:
        try:
            session = factory()
        except Exception as error:
            raise ConfigError(place, "factory", f"{spec} raised {type(error).__name__}: {error}") from error
        if not isinstance(session, requests.Session):
            problem = f"{spec} returned {type(session).__name__}; it must return a requests.Session"
            raise ConfigError(place, "factory", problem)
        return session

    make().close()
    return make


def _reachable(path: str, place: str) -> None:
    folder = Path(path)
    if not folder.is_dir():
        raise ConfigError(
            place, "path", f"is {path!r}, which is not a folder; it is relative to the policy's file"
        )
    if str(folder.resolve()) not in sys.path:
        sys.path.insert(0, str(folder.resolve()))
