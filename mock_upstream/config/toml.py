"""A file in, a frozen type out, or one clear line.

Every configuration file is read here, so that all of them fail in the same way:
`policies/a.toml: adapter.pool_maxsize is 0; it must be at least 1`.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema

from mock_upstream.config.attribute_docs import attribute_docs
from mock_upstream.config.errors import ConfigError
from mock_upstream.config.explain import explain
from mock_upstream.config.regular_file import MOST_BYTES, MOST_JSON_BYTES, UnreadableFileError, read_file
from mock_upstream.config.syntax import SyntaxProblem, parse_json, parse_toml

T = TypeVar("T", bound=BaseModel)


class Frozen(BaseModel):
    """Base of every type that is read from a file: frozen, no unknown keys, no conversion of scalars.

    "20" is not an integer and 1 is not true, but 1 is a float, and a list is a tuple, because TOML has no tuples.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False,
        defer_build=True,  # A process uses few of these types, and building one takes a millisecond or more.
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: object) -> object:
        return _as_tuples(data)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = handler(schema)
        properties = handler.resolve_ref_schema(found).get("properties", {})
        for name, text in attribute_docs(cls).items():
            if name in properties:
                properties[name].setdefault("description", text)
        return found


def read(path: Path) -> dict[str, object]:
    """Return the table in a TOML file (JSON when the suffix is `.json`), or raise ConfigError."""
    is_json = path.suffix == ".json"
    try:
        text = read_file(path, MOST_JSON_BYTES if is_json else MOST_BYTES).decode("utf-8")
        table = parse_json(text) if is_json else parse_toml(text)
    except UnreadableFileError as error:
        remedy = f"; {_file_remedy(path)}" if error.missing else ""
        raise ConfigError(str(path), "", f"{error}{remedy}") from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), "", "is not text; it must be encoded in UTF-8") from None
    except SyntaxProblem as error:
        raise ConfigError(str(path), "", str(error)) from None
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


def _file_remedy(path: Path) -> str:
    try:
        siblings = [sibling.name for sibling in path.parent.iterdir() if sibling.suffix == path.suffix][:1000]
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
