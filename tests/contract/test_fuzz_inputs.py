"""A small part of the campaign of `python -m benchmarks.fuzz_inputs`: damaged files, requests and command lines."""

from __future__ import annotations

import pytest

from benchmarks import fuzz_inputs, fuzz_lines, fuzz_requests
from mock_upstream.engine.request_parser import RequestParser


def test_damaged_files_give_no_finding() -> None:
    result = fuzz_inputs.shard(0, 300, seed=7)
    assert (sum(result["kinds"].values()), result["findings"]) == (300, [])


def test_damaged_requests_give_no_finding() -> None:
    result = fuzz_requests.shard(0, 200, seed=7)
    assert (sum(result["kinds"].values()), result["findings"]) == (200, [])


def test_an_error_in_the_upstream_s_log_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(RequestParser, "check_head", broken)
    assert any("ZeroDivisionError" in finding for finding in fuzz_requests.shard(0, 1, seed=7)["findings"])


def test_bad_command_lines_give_no_finding() -> None:
    lines = fuzz_lines.run(12, 0, seed=7, at_most_s=30.0)
    assert (lines.in_process, lines.findings) == (12, [])
