"""What an error is to the shell: one line and an exit code."""

from __future__ import annotations

import signal
from typing import Never

import pytest

import surgeline
from harness.model import errors
from mock_upstream.process.stop_signals import Stopped
from surgeline import cli


def _exit_code(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> object:
    def fail(**_: object) -> Never:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.setattr(cli.SIGNALS, "install", lambda: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_of_surgeline_is_one_line_and_exit_code_2(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kind: type[errors.SurgelineError] = getattr(errors, name)
    assert _exit_code(monkeypatch, kind("place", "key", "is\nwrong")) == 2
    assert capsys.readouterr().err == "place: key is wrong\n"


def test_an_interrupt_before_anything_was_recorded_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _exit_code(monkeypatch, Stopped(signal.SIGINT)) == 130


@pytest.mark.parametrize("name", [*errors.__all__, "RunInterrupted"])
def test_every_error_is_public_and_descends_from_one_root(name: str) -> None:
    assert name in surgeline.__all__
    assert issubclass(getattr(surgeline, name), surgeline.SurgelineError)
