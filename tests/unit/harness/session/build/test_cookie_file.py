"""A damaged file of cookies is one clear error, without the cookie."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from harness.model.errors import ConfigError
from harness.session.build.cookie_file import FiledCookies

HEAD = "# Netscape HTTP Cookie File\n\n# a comment\n"
WHOLE = "127.0.0.1\tFALSE\t/\tFALSE\t1900000000\tsession\tsecret\n"


def read(path: Path, text: str) -> FiledCookies:
    path.write_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return FiledCookies(path, "a.toml")


def test_cookies_with_and_without_an_end_are_read(tmp_path: Path) -> None:
    lines = (
        WHOLE
        + WHOLE.replace("1900000000\tsession", "1900000000.25\tc")
        + "#HttpOnly_.a.example\tTRUE\t/\tTRUE\t\tb\t\n"
    )
    assert [cookie.name for cookie in read(tmp_path / "cookies.txt", HEAD + lines)] == ["session", "c", "b"]


@pytest.mark.parametrize(
    "line",
    [
        WHOLE.replace("1900000000", "inf"),
        WHOLE.replace("1900000000", "nan"),
        WHOLE.replace("1900000000", "true"),
        WHOLE.replace("\t/", ""),
        WHOLE.replace("session", "a\tb"),
        WHOLE.replace("127.0.0.1", ".127.0.0.1"),
        "secret\n",
    ],
)
def test_a_damaged_line_is_named_without_the_cookie(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="line 4 must have seven fields") as raised:
        read(tmp_path / "cookies.txt", HEAD + line)
    assert "secret" not in str(raised.value)
