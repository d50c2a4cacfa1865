"""What is printed is text: nothing in it is markup, and nothing of it controls the terminal."""

from __future__ import annotations

import errno
import io

import pytest
from rich.text import Text

from surgeline.render.console import PlainConsole, err, out
from surgeline.render.table import plain_table


@pytest.mark.parametrize(
    "text", ["with [bulkhead] wait_s = 0.3", "under [breaker]", "[/]", "[bold]x", ":smile:", "a\\[b"]
)
def test_brackets_are_printed_as_they_are(capsys: pytest.CaptureFixture[str], text: str) -> None:
    table = plain_table("what")
    table.add_row(text)
    out.print(text)
    out.print(Text(text))
    out.print(table)
    err.print(text)
    printed = capsys.readouterr()
    assert [line.strip() for line in printed.out.splitlines()] == [text, text, "what", text]
    assert printed.err.strip() == text


def test_a_control_character_in_a_text_is_visible_and_a_style_still_works() -> None:
    sink = io.StringIO()
    PlainConsole(file=sink, force_terminal=True, width=80).print(Text("a\x1b[2Jb", "red"))
    assert sink.getvalue() == "\x1b[31ma␛[2Jb\x1b[0m\n"


class Full(io.StringIO):
    """A stream that takes nothing."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_a_full_standard_error_did_not_take_is_dropped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", Full())
        err.print("dropped")
    err.print("shown")
    assert capsys.readouterr().err == "shown\n"
