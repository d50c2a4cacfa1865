"""A file in, a frozen type out, or one clear line.

Every configuration file is read here, so that all of them fail in the same way:
`policies/a.toml: adapter.pool_maxsize is 0; it must be at least 1`.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from mock_upstream.config.errors import ConfigError
from mock_upstream.config.explain import explain

T = TypeVar("T", bound=BaseModel)


class Frozen(BaseModel):
    """Base of every type that is read from a file: frozen, no unknown keys, no conversion of scalars.

    "20" is not an integer and 1 is not true, but 1 is a float, and a list is a tuple, because TOML has no tuples.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: object) -> object:
        return _as_tuples(data)


def read(path: Path) -> dict[str, object]:
    """Return the table in a TOML file (JSON when the suffix is `.json`), or raise ConfigError."""
    text = _text(path)
    try:
        parse: Callable[[str], object] = json.loads if path.suffix == ".json" else tomllib.loads
        table = parse(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), "", f"is not valid TOML: {error}") from None
    except json.JSONDecodeError as error:
        where = f"(at line {error.lineno}, column {error.colno})"
        raise ConfigError(str(path), "", f"is not valid JSON: {error.msg} {where}") from None
    if not isinstance(table, dict):
        raise ConfigError(str(path), "", "contains no table; its outermost value must be an object")
    return table


def build(kind: type[T], data: Mapping[str, object], place: str) -> T:
    """Return `kind` made of `data`, or raise ConfigError about the first problem, naming `place`."""
    try:
        return kind.model_validate(dict(data))
    except ValidationError as error:
        key, problem = explain(kind, error.errors(include_url=False))
        raise ConfigError(place, key, problem) from None


def load(kind: type[T], path: Path) -> T:
    """Return `kind` made of the table in the file, or raise ConfigError."""
    return build(kind, read(path), str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(str(path), "", f"no such file; {_file_remedy(path)}") from None
    except IsADirectoryError:
        raise ConfigError(str(path), "", "is a directory; name a file in it") from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), "", "is not text; it must be encoded in UTF-8") from None
    except OSError as error:
        raise ConfigError(
            str(path), "", f"cannot be read ({error.strerror}); check its permissions"
        ) from None


def _file_remedy(path: Path) -> str:
    try:
        siblings = [sibling.name for sibling in path.parent.iterdir() if sibling.suffix == path.suffix]
    except OSError:
        return f"{path.parent} cannot be listed, check the path"
    closest = get_close_matches(path.name, siblings, n=1)
    return f"did you mean {path.parent / closest[0]}?" if closest else "check the path"


def _as_tuples(data: object) -> object:
    if isinstance(data, dict):
        return {key: _as_tuples(value) for key, value in data.items()}
    if isinstance(data, list):
        return tuple(_as_tuples(item) for item in data)
    return data
