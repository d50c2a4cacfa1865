"""Policies, scenarios and upstreams as files: found by path, or by the name of a shipped one."""

from __future__ import annotations

import shutil
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from harness.model.atomic import new_folder
from harness.model.errors import ConfigError

KINDS = {
    "policy": "policies",
    "upstream": "upstreams",
    "scenario": "",
    "rollout": "rollouts",
    "sheet": "answers",
}


def shipped_folder() -> Path:
    """The folder of scenarios, policies and upstreams that come with surgeline."""
    return Path(str(files("scenarios")))


def find_file(kind: str, name: str) -> Path:
    """The file of a policy, scenario or upstream: a path, a name under ./scenarios, or a shipped name.

    Raises ConfigError with the nearest known name.
    """
    given = Path(name)
    if given.suffix or is_file(given):
        if not is_file(given):
            raise ConfigError(
                name,
                "",
                "does not exist; give a path, or one of the shipped names: " + ", ".join(file_names(kind)),
            )
        return given
    for folder in (Path("scenarios"), shipped_folder()):
        path = folder / KINDS[kind] / f"{name}.toml"
        if is_file(path):
            return path
    close = get_close_matches(name, file_names(kind), n=1)
    hint = f"did you mean {close[0]}?" if close else "known: " + ", ".join(file_names(kind))
    raise ConfigError(name, "", f"is neither a file nor a known {kind}; {hint}")


def is_file(path: Path) -> bool:
    """Whether something has this name that is no folder; it need not be readable. Raises ConfigError for a bad path."""
    try:
        return path.exists() and not path.is_dir()
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read ({error.strerror}); check the path") from None


def file_names(kind: str) -> list[str]:
    """The names of the shipped files of one kind."""
    return sorted(path.stem for path in (shipped_folder() / KINDS[kind]).glob("*.toml"))


def copy_shipped(folder: Path) -> list[Path]:
    """Copies the shipped scenarios, policies, upstreams and journeys to `folder`/scenarios, for editing.

    Raises ConfigError when the folder exists already.
    """
    target = folder / "scenarios"
    if is_file(target) or target.is_dir():
        raise ConfigError(str(target), "", "exists already; move it or choose another folder")
    try:
        with new_folder(target) as draft:
            shutil.copytree(
                shipped_folder(), draft, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
    except OSError as error:
        raise ConfigError(
            str(target), "", f"cannot be made: {error.strerror}; choose another folder"
        ) from None
    return sorted(path for path in target.rglob("*") if path.is_file())
