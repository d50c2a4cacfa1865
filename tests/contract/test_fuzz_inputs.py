"""A small part of the campaign of `python -m benchmarks.fuzz_inputs`: damaged files and bad command lines."""

from __future__ import annotations

from benchmarks import fuzz_inputs, fuzz_lines


def test_damaged_files_give_no_finding() -> None:
    result = fuzz_inputs.shard(0, 300, seed=7)
    assert (result["files"], result["findings"]) == (300, [])


def test_bad_command_lines_give_no_finding() -> None:
    lines = fuzz_lines.run(12, 0, seed=7, at_most_s=30.0)
    assert (lines.in_process, lines.findings) == (12, [])
