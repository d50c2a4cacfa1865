"""The results of trials, and the coverage that they need: made now, or kept from a start before under out/mutants.

A result counts as long as the mutated file is the same, and the test file that killed the mutant; for a survivor all
tests must be. The coverage is measured again by test files that have changed or that run code which has, and by all
when what they share has; it is kept after every `AT_ONCE` test files, so that it, too, goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache, partial
from multiprocessing import get_context

from benchmarks.mutant_trials import ROOT, TESTS, Coverage, Verdict, measured, prepare, tried
from benchmarks.mutations import Mutant

PROCESSES, AT_ONCE = 2, 20
_FOLDER = ROOT / "out" / "mutants"
_RESULTS, _COVERAGE = _FOLDER / "results.jsonl", _FOLDER / "coverage.json"
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial showed, and of which state of the file and the tests."""

    mutant: str
    verdict: Verdict
    killer: str
    file_state: str
    tests_state: str

    @property
    def killed(self) -> bool:
        """Whether some test noticed the change."""
        return self.verdict in {"killed", "timeout"}


def results(chosen: Sequence[Mutant], files: Sequence[str]) -> Iterator[tuple[Mutant, Result]]:
    """Each mutant with its result: a kept one, or that of a trial now. `files` are all that have mutants."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    kept = {mutant: result for mutant, result in _kept(chosen) if _holds(result, mutant)}
    yield from kept.items()
    missing = [mutant for mutant in chosen if mutant not in kept]
    if not missing:
        return
    coverage = _coverage(files)
    tests = {mutant: coverage.of(mutant) for mutant in missing}
    with (
        ProcessPoolExecutor(PROCESSES, _SPAWN, prepare) as pool,
        _RESULTS.open("a", encoding="utf-8") as lines,
    ):
        _check_unchanged(pool, coverage, sorted({test for some in tests.values() for test in some}))
        trials = {pool.submit(tried, m, tests[m], coverage.limit_s(tests[m])): m for m in missing}
        for number, trial in enumerate(as_completed(trials), 1):
            mutant, (verdict, killer) = trials[trial], trial.result()
            result = Result(_key(mutant), verdict, killer, _state(mutant.file), _tests_state(killer))
            lines.write(json.dumps(asdict(result)) + "\n")
            lines.flush()
            print(f"\r{number} of {len(missing)}", end="", file=sys.stderr, flush=True)
            yield mutant, result
    print(file=sys.stderr)


def _check_unchanged(pool: ProcessPoolExecutor, coverage: Coverage, tests: list[str]) -> None:
    """Ends the program when the tests fail in a trial without a mutant: then a killed mutant would mean nothing."""
    verdict, killer = pool.submit(tried, None, tests, coverage.limit_s(tests)).result()
    if verdict not in {"survived", "not covered"}:
        sys.exit(f"{verdict} without any mutant, by {killer or 'no single test'}; repair the tests first")


def _kept(chosen: Sequence[Mutant]) -> Iterator[tuple[Mutant, Result]]:
    """The mutants that have been tried before, each with its last result."""
    text = _RESULTS.read_text(encoding="utf-8") if _RESULTS.exists() else ""
    found = [Result(**json.loads(line)) for line in text.splitlines() if line.endswith("}")]
    last = {result.mutant: result for result in found}
    return ((mutant, last[_key(mutant)]) for mutant in chosen if _key(mutant) in last)


def _holds(result: Result, mutant: Mutant) -> bool:
    return (result.file_state, result.tests_state) == (_state(mutant.file), _tests_state(result.killer))


def _coverage(files: Sequence[str]) -> Coverage:
    """The coverage of the files by all unit tests; a test file of which some test fails is measured at each start."""
    states = {file: _state(file) for file in _tests()}
    tests = {file for file in states if "/test_" in file}
    shared = [f"{file} {state}" for file, state in sorted(states.items()) if file not in tests]
    now = {file: _state(file) for file in [*files, *tests]}
    kept = json.loads(_COVERAGE.read_text("utf-8"), object_hook=_numbered) if _COVERAGE.exists() else {}
    same = kept.get("shared") == shared
    found = Coverage(kept["tests"], kept["seconds"]) if same else Coverage()
    outdated = found.outdated(kept["states"] if same else {}, now)
    found = found.without(outdated)
    measure = sorted(outdated & tests)
    parts = [measure[first : first + AT_ONCE] for first in range(0, len(measure), AT_ONCE)]
    missing = set(measure)
    with ProcessPoolExecutor(PROCESSES, _SPAWN) as pool:
        for part, (measured_now, failed) in zip(
            parts, pool.map(partial(measured, files), parts), strict=True
        ):
            for test in failed:
                print(f"left out, because it fails without any mutant: {test}", file=sys.stderr)
            found = found.with_(measured_now)
            missing -= set(part) - {test.partition("::")[0] for test in failed}
            done = {file: state for file, state in now.items() if file not in missing}
            kept = {"shared": shared, "states": done, **asdict(found)}
            _COVERAGE.write_text(json.dumps(kept), encoding="utf-8")
    return found


def _numbered(table: dict[str, object]) -> dict[object, object]:
    """JSON's keys are texts, and those of lines are numbers."""
    return {int(key) if key.isdigit() else key: value for key, value in table.items()}


def _key(mutant: Mutant) -> str:
    return f"{mutant.number}: {mutant}"


def _tests_state(killer: str) -> str:
    """The state of the test file that killed; of all tests where none did."""
    return _state(killer.partition("::")[0]) if killer else _all_tests_state()


@cache
def _all_tests_state() -> str:
    return hashlib.sha256("".join(map(_state, _tests())).encode()).hexdigest()[:16]


def _tests() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / TESTS).rglob("*.py"))


@cache
def _state(file: str) -> str:
    path = ROOT / file
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()[:16]
