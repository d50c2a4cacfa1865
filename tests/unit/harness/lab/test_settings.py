"""What the environment says of a command."""

from __future__ import annotations

import pytest

from harness.lab import settings


def test_a_command_knows_the_background_job_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.JOB, "20260301-080000-000001")
    assert settings.job() == "20260301-080000-000001"


def test_a_command_from_a_terminal_is_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.JOB, raising=False)
    assert settings.job() == ""
