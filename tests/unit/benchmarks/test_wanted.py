"""The exit code of a benchmark."""

from __future__ import annotations

import pytest

from benchmarks.wanted import exit_code


def test_nothing_missed_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code({"at most 2 ms": True}) == 0
    assert capsys.readouterr().out == ""


def test_a_missed_figure_is_1_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code({"at most 2 ms": True, "at least 0.97": False}) == 1
    assert capsys.readouterr().out == "missed: at least 0.97\n"
