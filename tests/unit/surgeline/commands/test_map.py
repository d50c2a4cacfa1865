"""The exit code of a map, and options that it refuses."""

from __future__ import annotations

import pytest

from harness.model.stability_map import CellRun
from surgeline.commands.map import map_exit_code
from tests.conftest import Program
from tests.unit.dashboard.made_maps import made_map

CONFIRMS = CellRun(x=0, y=0, run="a", state="stable")
CONTRADICTS = CellRun(x=1, y=0, run="b", state="stable")
INVALID = CellRun(x=1, y=0, run="c", state="stable", invalid="the driver waited for a core")


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        ((), 0),
        ((CONFIRMS,), 0),
        ((CONFIRMS, INVALID), 3),
        ((CONTRADICTS, INVALID), 1),
    ],
)
def test_a_run_that_contradicts_the_map_is_a_failure(runs, code):
    assert map_exit_code(made_map(("sv", "vo")).model_copy(update={"runs": runs})) == code


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--x", "retri.total=0..5"), "did you mean retry?"),
        (("--y", "retry.total=5"), "must have the form KEY=LOW..HIGH"),
        (("--cells", "900x2"), "must have the form 15x15"),
        (("--backend", "spark"), "--backend: spark must be one of loky, threading, dask, ray"),
        (("--backend", "ray"), "has no cluster"),
        (("--set", "policy.hedge.delay_s=0.1"), "hedge"),
        (("-p", "no-such-policy"), "no-such-policy"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_line_and_exit_code_2(command: Program, arguments, problem):
    ended = command("map", "retry-storm", *arguments)
    assert ended.returncode == 2
    assert problem in ended.stderr
    assert ended.stderr.count("\n") == 1
