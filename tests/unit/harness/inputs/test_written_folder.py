"""A folder of texts is written, or the reason is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.inputs.written_folder import write_folder
from harness.model.errors import ConfigError


def test_each_text_is_written_under_its_name(tmp_path: Path) -> None:
    assert write_folder(tmp_path / "a" / "b", {"c.md": "text"}) == [str(tmp_path / "a" / "b" / "c.md")]
    assert (tmp_path / "a" / "b" / "c.md").read_text() == "text"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(ConfigError, match="choose another folder"):
        write_folder(tmp_path / "a" / "b", {"c.md": "text"})
