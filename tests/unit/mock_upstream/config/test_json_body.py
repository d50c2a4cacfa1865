"""The JSON in the body of a request."""

import pytest

from mock_upstream.config.errors import ConfigError
from mock_upstream.config.json_body import read_json, read_json_object


def test_a_value_is_read() -> None:
    assert read_json(b'{"a": [1, 2.5, null, "x"]}', "here") == {"a": [1, 2.5, None, "x"]}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"NaN",
        b"[-Infinity]",
        b"1e999",
        b"9" * 5000,
        b"[" * 100_000,
        b'"\\ud800"',
        b'{"a": [%d]}' % 2**63,
        b'{"a": [%d]}' % (-(2**63) - 1),
    ],
)
def test_an_unusable_value_is_an_error_of_one_line_that_names_the_place(text: bytes) -> None:
    with pytest.raises(ConfigError, match=r"\APOST /x: [^\n]{1,200}\Z"):
        read_json(text, "POST /x")


def test_an_integer_at_the_limit_is_exact() -> None:
    assert read_json(b"%d" % (2**63 - 1), "here") == 2**63 - 1


def test_another_value_is_not_an_object() -> None:
    with pytest.raises(ConfigError, match="here: the body must be a JSON object"):
        read_json_object(b"[]", "here")
