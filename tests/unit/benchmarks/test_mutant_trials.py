"""Which unit tests say something of a mutant, and which have to be measured again after a change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.mutant_trials import MOST_S, ROOT, Coverage, loaded
from benchmarks.mutations import Mutant

CODE, OTHER = "a/code.py", "a/other.py"
OWN, FAR = "tests/unit/a/test_code.py", "tests/unit/b/test_far.py"
MUTANT = Mutant(CODE, 0, (3, 4), "f", "x = 1", "x = 2")


def test_tests_of_the_module_s_own_file_come_first_and_then_the_fastest() -> None:
    lines = {
        3: [f"{FAR}::slow", f"{OWN}::slow"],
        4: [f"{FAR}::fast", f"{OWN}::fast"],
        5: [f"{FAR}::elsewhere"],
    }
    seconds = {f"{OWN}::slow": 0.9, f"{OWN}::fast": 0.8, f"{FAR}::slow": 0.2, f"{FAR}::fast": 0.1}
    assert Coverage({CODE: lines}, seconds).of(MUTANT) == [
        f"{OWN}::fast",
        f"{OWN}::slow",
        f"{FAR}::fast",
        f"{FAR}::slow",
    ]


def test_tests_beyond_the_first_seconds_are_left_out() -> None:
    lines = {3: [f"{FAR}::fast", f"{FAR}::slow"]}
    found = Coverage({CODE: lines}, {f"{FAR}::fast": 0.1, f"{FAR}::slow": MOST_S}).of(MUTANT)
    assert found == [f"{FAR}::fast"]


def test_a_line_that_only_an_import_runs_is_tried_with_the_tests_of_its_file() -> None:
    lines = {3: [], 0: [f"{FAR}::reads"]}
    assert Coverage({CODE: lines}, {f"{OWN}::any": 0.1}).of(MUTANT) == [f"{OWN}::any", f"{FAR}::reads"]


def test_a_change_of_code_makes_the_tests_that_run_it_outdated() -> None:
    tests = {CODE: {3: [f"{OWN}::t"], 0: [f"{OWN}::t", f"{FAR}::t"]}, OTHER: {0: [f"{FAR}::t"]}}
    before = {CODE: "1", OTHER: "1", OWN: "1", FAR: "1"}
    coverage = Coverage(tests)
    assert coverage.outdated(before, before) == set()
    assert coverage.outdated(before, before | {OWN: "2"}) == {OWN}
    assert coverage.outdated(before, before | {OTHER: "2"}) == {OTHER, FAR}
    assert coverage.outdated(before, before | {CODE: "2"}) == {CODE, OWN, FAR}
    assert coverage.outdated({}, before) == set(before)


def test_what_is_outdated_is_left_out_and_measured_again() -> None:
    kept = Coverage({CODE: {3: [f"{OWN}::t", f"{FAR}::t"]}}, {f"{OWN}::t": 0.1, f"{FAR}::t": 0.2})
    again = Coverage({CODE: {3: [f"{OWN}::new"]}}, {f"{OWN}::new": 0.3})
    found = kept.without({OWN}).with_(again)
    assert found.tests == {CODE: {3: [f"{FAR}::t", f"{OWN}::new"]}}
    assert found.seconds == {f"{FAR}::t": 0.2, f"{OWN}::new": 0.3}


def test_modules_that_python_runs_by_itself_are_not_loaded_before_a_trial() -> None:
    site = "harness.session.service.site"
    names = ["surgeline.__main__", f"{site}.sitecustomize", site, "dashboard.app", "harness.analyse.suggest"]
    assert loaded(names) == ["harness.analyse.suggest", site]


MEASURING = """
import json
from pathlib import Path

from benchmarks import mutant_trials

mutant_trials.ROOT = Path.cwd()
found, failed = mutant_trials.measured(["covered.py"], ["test_covered.py"])
print(json.dumps([found.tests["covered.py"][2], sorted(found.seconds), failed]))
"""


def test_a_test_that_fails_without_any_mutant_covers_nothing_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "covered.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    tests = (
        "from covered import f\n\ndef test_holds():\n    assert f(1)\n\ndef test_fails():\n    assert f(0)\n"
    )
    (tmp_path / "test_covered.py").write_text(tests, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MEASURING],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    holds, fails = "test_covered.py::test_holds", "test_covered.py::test_fails"
    assert json.loads(done.stdout.splitlines()[-1]) == [[holds], [holds], [fails]]
