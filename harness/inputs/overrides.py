"""Values that replace those of a file: `--set scenario.arrivals.0.rate_per_s=300`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from harness.model.errors import ConfigError
from mock_upstream.config.syntax import MOST_LEVELS, SyntaxProblem, parse_toml

Overrides = Mapping[str, Mapping[str, object]]
OF_RUNS = ("policy", "scenario", "upstream")


def read_overrides(settings: Iterable[str], kinds: Collection[str] = OF_RUNS) -> Overrides:
    """Reads `--set scenario.arrivals.0.rate_per_s=300`: {"scenario": {"arrivals.0.rate_per_s": 300}}.

    A value is TOML; any other text is a string. Raises ConfigError for a key that begins with none of `kinds`.
    """
    found: dict[str, dict[str, object]] = {kind: {} for kind in kinds}
    for setting in settings:
        key, equals, given = setting.partition("=")
        kind, _, rest = key.strip().partition(".")
        if not equals or kind not in kinds or not rest:
            raise ConfigError(
                "--set",
                setting,
                "must have the form " + " or ".join(f"{kind}.KEY=VALUE" for kind in kinds),
            )
        if rest.count(".") >= MOST_LEVELS:
            raise ConfigError(
                "--set", setting, f"has a key of more than {MOST_LEVELS} parts; write a shorter one"
            )
        found[kind][rest] = toml_value(given.strip(), f"--set {key.strip()}")
    return found


def toml_value(text: str, place: str) -> object:
    """A value parsed as TOML; any other text is a string. Raises ConfigError, which names `place`."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except SyntaxProblem as error:
        if error.bounded:
            raise ConfigError(place, "", str(error)) from None
        return text


def overridden(data: Mapping[str, object], kind: str, overrides: Overrides | None) -> dict[str, object]:
    """The table of a file of one kind with the overrides of this kind. Raises ConfigError."""
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
