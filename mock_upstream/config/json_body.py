"""The JSON in the body of a request: a value within the bounds of `syntax`, or one clear line."""

from mock_upstream.config.errors import ConfigError
from mock_upstream.config.syntax import SyntaxProblem, parse_json


def read_json(data: bytes, place: str) -> object:
    """Return the value, or raise ConfigError about `place`."""
    try:
        return parse_json(data)
    except SyntaxProblem as problem:
        raise ConfigError(place, "", f"the body {problem}") from None


def read_json_object(data: bytes, place: str) -> dict[str, object]:
    """Return the JSON object, or raise ConfigError about `place`."""
    value = read_json(data, place)
    if not isinstance(value, dict):
        raise ConfigError(place, "", "the body must be a JSON object")
    return value
