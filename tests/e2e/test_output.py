"""Standard output that takes nothing: no traceback, and a documented exit code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import SURGELINE


@pytest.mark.parametrize(
    ("redirected", "code", "line"),
    [
        (
            ">/dev/full",
            74,
            "standard output cannot be written: No space left on device; the result was not printed whole",
        ),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("2>/dev/full >/dev/null", 0, ""),
        ("| true", 141, ""),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [
        "list --json",
        "--help",
        *(pytest.param(line, marks=pytest.mark.acceptance) for line in ("list", "schema policy")),
    ],
)
def test_an_output_that_takes_nothing_is_an_exit_code(
    runs: Path, arguments: str, redirected: str, code: int, line: str
) -> None:
    shell = f"set -o pipefail; (sleep 0.2; exec {SURGELINE} {arguments}) {redirected}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (code, line)


def test_an_error_keeps_its_exit_code_where_standard_error_is_full(runs: Path) -> None:
    done = subprocess.run(["bash", "-c", f"{SURGELINE} show none 2>/dev/full"], check=False, timeout=60)
    assert done.returncode == 2
