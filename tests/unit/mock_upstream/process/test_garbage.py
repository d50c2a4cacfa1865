"""A process that starts does not search the objects of its libraries for garbage."""

from __future__ import annotations

import subprocess
import sys

import pytest

_COUNTED = """
import gc, os, runpy, sys
searches, out = [], os.fdopen(os.dup(1), "w")  # The command line closes its standard output.
gc.callbacks.append(lambda phase, info: searches.append(phase))
sys.argv = [{module!r}]
try:
    runpy.run_module({module!r}, run_name="__main__")
except SystemExit:
    print(len(searches), len(sys.modules), file=out)
"""


@pytest.mark.parametrize("module", ["surgeline", "harness.drive", "mock_upstream"])
def test_an_import_of_a_program_s_libraries_is_hardly_searched(module: str) -> None:
    command = [sys.executable, "-c", _COUNTED.format(module=module)]
    printed = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    ).stdout
    searches, modules = (int(number) for number in printed.splitlines()[-1].split())
    assert modules > 400
    assert searches < modules / 10
