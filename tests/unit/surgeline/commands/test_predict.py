"""The command that predicts, where it cannot."""

from __future__ import annotations

import pytest

from tests.conftest import Program


@pytest.mark.usefixtures("without_numba")
def test_without_numba_the_command_names_the_extra_in_one_line(command: Program) -> None:
    done = command("predict", "baseline")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert 'pip install "surgeline[twin]"' in done.stderr
