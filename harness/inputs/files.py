"""Configuration files, found by path or by the name of a shipped one, overridden, and read into the model's types."""

from __future__ import annotations

import shutil
import tomllib
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
from harness.model.scenario import Scenario
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
    if given.suffix or given.is_file():
        if not given.is_file():
            raise ConfigError(
                name, "", "does not exist; give a path, or one of the shipped names: " + _names(kind)
            )
        return given
    for folder in (Path("scenarios"), shipped()):
        path = folder / KINDS[kind] / f"{name}.toml"
        if path.is_file():
            return path
    close = get_close_matches(name, names(kind), n=1)
    hint = f"did you mean {close[0]}?" if close else "known: " + _names(kind)
    raise ConfigError(name, "", f"is neither a file nor a known {kind}; {hint}")


def names(kind: str) -> list[str]:
    """The names of the shipped files of one kind."""
    return sorted(path.stem for path in (shipped() / KINDS[kind]).glob("*.toml"))


def policy(name: str, overrides: Overrides | None = None) -> Policy:
    """Reads one policy. Raises ConfigError."""
    path = find_file("policy", name)
    written = build(Policy, _overridden(read(path), "policy", overrides), str(path))
    if written.path is None:
        return written
    return written.model_copy(update={"path": str((path.parent / written.path).resolve())})


def scenario(name: str, overrides: Overrides | None = None) -> Written:
    """Reads one scenario, its traces and the upstream it names, relative to the scenario's file. Raises ConfigError."""
    path = find_file("scenario", name)
    table = with_traces(_overridden(read(path), "scenario", overrides), path.parent)
    written = build(Scenario, table, str(path))
    beside = path.parent / written.upstream
    if not beside.is_file():
        raise ConfigError(str(path), "upstream", f"is {written.upstream!r}, but there is no file {beside}")
    return Written(written, upstream(str(beside), overrides))


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
        found[kind][rest] = toml_value(given.strip())
    return found


def copy_shipped(folder: Path) -> list[Path]:
    """Copies the shipped scenarios, policies, upstreams and journeys to `folder`/scenarios, for editing.

    Raises ConfigError when the folder exists already.
    """
    target = folder / "scenarios"
    if target.exists():
        raise ConfigError(str(target), "", "exists already; move it or choose another folder")
    with new_folder(target) as draft:
        shutil.copytree(shipped(), draft, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    return sorted(path for path in target.rglob("*") if path.is_file())


def toml_value(text: str) -> object:
    """A value parsed as TOML; any other text is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
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
        if not head.isdigit() or int(head) >= len(node):
            raise ConfigError(place, "", f"{head} is not an item of a list of {len(node)}")
        index = int(head)
        return [put(item, rest, value, place) if rest and i == index else value if i == index else item
                for i, item in enumerate(node)]  # fmt: skip
    if not isinstance(node, Mapping):
        raise ConfigError(place, "", f"{head} cannot be set inside a value that is not a table")
    return {**node, head: put(node.get(head, {}), rest, value, place) if rest else value}


def _names(kind: str) -> str:
    return ", ".join(names(kind))
