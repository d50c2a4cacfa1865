"""Configuration files, found by path or by the name of a shipped one, overridden, and read into the model's types."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from harness.inputs.traces import with_traces
from harness.model.atomic import new_folder
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.scenario import MOST_SEED, Scenario
from mock_upstream.config.syntax import MOST_LEVELS, SyntaxProblem, parse_toml
from mock_upstream.config.toml import build, read
from mock_upstream.profile import Profile, read_profile

KINDS = {"policy": "policies", "upstream": "upstreams", "scenario": ""}
Overrides = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Written:
    """A scenario as written, with the upstream that it names."""

    scenario: Scenario
    upstream: Profile


def shipped() -> Path:
    """The folder of scenarios, policies and upstreams that come with surgeline."""
    return Path(str(files("scenarios")))


def find_file(kind: str, name: str) -> Path:
    """The file of a policy, scenario or upstream: a path, a name under ./scenarios, or a shipped name.

    Raises ConfigError with the nearest known name.
    """
    given = Path(name)
    if given.suffix or _is_there(given):
        if not _is_there(given):
            raise ConfigError(
                name, "", "does not exist; give a path, or one of the shipped names: " + _names(kind)
            )
        return given
    for folder in (Path("scenarios"), shipped()):
        path = folder / KINDS[kind] / f"{name}.toml"
        if _is_there(path):
            return path
    close = get_close_matches(name, names(kind), n=1)
    hint = f"did you mean {close[0]}?" if close else "known: " + _names(kind)
    raise ConfigError(name, "", f"is neither a file nor a known {kind}; {hint}")


def _is_there(path: Path) -> bool:
    """Whether something has this name that is no folder; it need not be readable. Raises ConfigError for a bad path."""
    try:
        return path.exists() and not path.is_dir()
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read ({error.strerror}); check the path") from None


def names(kind: str) -> list[str]:
    """The names of the shipped files of one kind."""
    return sorted(path.stem for path in (shipped() / KINDS[kind]).glob("*.toml"))


def policy(name: str, overrides: Overrides | None = None) -> Policy:
    """Reads one policy. Raises ConfigError."""
    path = find_file("policy", name)
    written = build(Policy, _overridden(read(path), "policy", overrides), str(path))
    if written.path is None:
        return written
    return written.model_copy(update={"path": os.path.abspath(path.parent / written.path)})


def scenario(name: str, overrides: Overrides | None = None) -> Written:
    """Reads one scenario, its traces and the upstream it names, relative to the scenario's file. Raises ConfigError."""
    path = find_file("scenario", name)
    table = with_traces(_overridden(read(path), "scenario", overrides), path.parent)
    written = build(Scenario, table, str(path))
    beside = path.parent / written.upstream
    if not _is_there(beside):
        raise ConfigError(str(path), "upstream", f"is {written.upstream!r}, but there is no file {beside}")
    return Written(written, upstream(str(beside), overrides))


def with_seed(scenario: Scenario, seed: int | None) -> Scenario:
    """The scenario with another seed; as it is for None. Raises ConfigError."""
    if seed is None:
        return scenario
    if not 0 <= seed <= MOST_SEED:
        raise ConfigError("seed", str(seed)[:40], f"must be 0 to {MOST_SEED}")
    return scenario.model_copy(update={"seed": seed})


def upstream(name: str, overrides: Overrides | None = None) -> Profile:
    """Reads one upstream. Raises ConfigError."""
    path = find_file("upstream", name)
    profile = read_profile(path)
    if not (overrides or {}).get("upstream"):
        return profile
    return build(
        Profile, _overridden(profile.model_dump(exclude_unset=True), "upstream", overrides), str(path)
    )


def overrides(settings: Iterable[str]) -> Overrides:
    """Reads `--set scenario.arrivals.0.rate_per_s=300`: {"scenario": {"arrivals.0.rate_per_s": 300}}.

    A value is TOML; any other text is a string. Raises ConfigError.
    """
    found: dict[str, dict[str, object]] = {kind: {} for kind in KINDS}
    for setting in settings:
        key, equals, given = setting.partition("=")
        kind, _, rest = key.strip().partition(".")
        if not equals or kind not in KINDS or not rest:
            raise ConfigError(
                "--set",
                setting,
                "must have the form policy.KEY=VALUE, scenario.KEY=VALUE or upstream.KEY=VALUE",
            )
        if rest.count(".") >= MOST_LEVELS:
            raise ConfigError(
                "--set", setting, f"has a key of more than {MOST_LEVELS} parts; write a shorter one"
            )
        found[kind][rest] = toml_value(given.strip(), f"--set {key.strip()}")
    return found


def copy_shipped(folder: Path) -> list[Path]:
    """Copies the shipped scenarios, policies, upstreams and journeys to `folder`/scenarios, for editing.

    Raises ConfigError when the folder exists already.
    """
    target = folder / "scenarios"
    if _is_there(target) or target.is_dir():
        raise ConfigError(str(target), "", "exists already; move it or choose another folder")
    try:
        with new_folder(target) as draft:
            shutil.copytree(
                shipped(), draft, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
    except OSError as error:
        raise ConfigError(
            str(target), "", f"cannot be made: {error.strerror}; choose another folder"
        ) from None
    return sorted(path for path in target.rglob("*") if path.is_file())


def toml_value(text: str, place: str) -> object:
    """A value parsed as TOML; any other text is a string. Raises ConfigError, which names `place`."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except SyntaxProblem as error:
        if error.bounded:
            raise ConfigError(place, "", str(error)) from None
        return text


def _overridden(data: Mapping[str, object], kind: str, overrides: Overrides | None) -> dict[str, object]:
    changed: Any = {**data}
    for key, value in (overrides or {}).get(kind, {}).items():
        changed = put(changed, key.split("."), value, f"--set {kind}.{key}")
    result: dict[str, object] = changed
    return result


def put(node: Any, path: list[str], value: object, place: str) -> Any:
    """A copy of `node` with one value changed; tables are made where they are missing, list items are not.

    Raises ConfigError, which names `place`.
    """
    head, rest = path[0], path[1:]
    if isinstance(node, list | tuple):
        if not (head.isascii() and head.isdigit() and len(head) < 10) or int(head) >= len(node):
            raise ConfigError(place, "", f"{head} is not an item of a list of {len(node)}")
        index = int(head)
        return [put(item, rest, value, place) if rest and i == index else value if i == index else item
                for i, item in enumerate(node)]  # fmt: skip
    if not isinstance(node, Mapping):
        raise ConfigError(place, "", f"{head} cannot be set inside a value that is not a table")
    return {**node, head: put(node.get(head, {}), rest, value, place) if rest else value}


def _names(kind: str) -> str:
    return ", ".join(names(kind))
