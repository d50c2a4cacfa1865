"""How many mutants the unit tests kill: of a seeded sample over the arithmetic that a verdict rests on.

    python -m benchmarks.mutants [--size 600] [--seed 1] [--only harness/session] [--changed HEAD~20]

Each trial's result is kept under out/mutants, so that a second start goes on where the first one stopped. A survivor
whose behaviour is that of the original is explained in benchmarks/equivalent_mutants.toml, and is no part of the share.
Exits with 1 when fewer than 90% are killed, and with 2 for an explanation that no longer applies.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from random import Random

from scipy.stats import binomtest

from benchmarks.mutant_trials import ROOT, TESTS, Coverage, Verdict, measured, prepare, tried
from benchmarks.mutations import Mutant, mutants

WANTED, SIZE, SEED, PROCESSES = 0.90, 600, 1, 2
KEPT, EXPLAINED = ROOT / "out" / "mutants", ROOT / "benchmarks" / "equivalent_mutants.toml"
MODULES = (
    "harness/analyse/**/*.py", "harness/range_search/*.py", "harness/session/outcome.py", "harness/session/errors.py",
    "harness/session/target_url.py", "harness/session/resilience/*.py", "harness/session/client/client.py",
    "harness/session/trace/call_trace.py", "harness/session/trace/pool_gauge.py", "harness/session/build/session.py",
    "harness/session/build/read_back.py", "harness/session/build/socket_options.py", "harness/drive/schedule.py",
    "harness/drive/epoch.py", "harness/drive/meter.py", "harness/drive/self_monitor.py", "harness/drive/guard_rows.py",
    "harness/drive/client_pool.py", "harness/drive/locust_stats.py", "harness/drive/limited_order.py",
    "harness/drive/service.py", "harness/record/rows.py", "harness/record/writer.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial showed. `file_state` and `tests_state` say of which sources, so that a later start can trust it."""

    mutant: str
    verdict: Verdict
    killer: str
    file_state: str
    tests_state: str


def main() -> int:
    """Tries the sample, prints what it showed, and returns the exit code."""
    options = _options()
    files = _files(options.only, options.changed)
    everything = [mutant for file in files for mutant in mutants(file, _source(file))]
    try:
        equivalent = explained(tomllib.loads(EXPLAINED.read_text(encoding="utf-8")), _all_mutants())
    except ValueError as error:
        print(f"{EXPLAINED.relative_to(ROOT)}: {error}", file=sys.stderr)
        return 2
    chosen = sample(
        everything, {file: _source(file).count("\n") for file in files}, options.size, options.seed
    )
    if not chosen:
        print("No file with mutants has changed.")
        return 0
    found = dict(_results(chosen))
    return report({mutant: found[mutant] for mutant in chosen}, equivalent)


def sample(population: Sequence[Mutant], lines: dict[str, int], size: int, seed: int) -> list[Mutant]:
    """`size` mutants, files in proportion to their lines; what is drawn from a file depends on it and the seed alone.

    Weighted sampling without replacement: P. Efraimidis and P. Spirakis, Information Processing Letters 97(5), 2006.
    """
    of_file: dict[str, int] = {}
    for mutant in population:
        of_file[mutant.file] = of_file.get(mutant.file, 0) + 1

    def key(mutant: Mutant) -> float:
        drawn = Random(f"{seed} {mutant.file} {mutant.number}").random()  # noqa: S311
        return -math.log(1.0 - drawn) * of_file[mutant.file] / lines[mutant.file]

    return sorted(sorted(population, key=key)[:size], key=lambda mutant: (mutant.file, mutant.number))


def explained(table: dict[str, object], population: Iterable[Mutant]) -> dict[str, str]:
    """Why mutants are equivalent to the original. Raises ValueError for an entry that fits none of the population."""
    known = {_name(mutant) for mutant in population}
    found: dict[str, str] = {}
    for entry in table.get("equivalent", ()):  # type: ignore[attr-defined]
        name = f"{entry['file']} in {entry['function']}: `{entry['original']}` → `{entry['changed']}`"
        if name not in known:
            raise ValueError(f"no such mutant; remove or correct the entry: {name}")
        found[name] = entry["reason"]
    return found


def report(results: dict[Mutant, Result], equivalent: dict[str, str]) -> int:
    """Prints the survivors and the share; returns the exit code."""
    living = [mutant for mutant, result in results.items() if result.verdict in {"survived", "not covered"}]
    dead = [mutant for mutant in results if mutant not in set(living)]
    wrong = [mutant for mutant in dead if _name(mutant) in equivalent]
    for mutant in living:
        reason = equivalent.get(_name(mutant))
        print(
            f"{'equivalent' if reason else results[mutant].verdict}: {mutant}{f' ({reason})' if reason else ''}"
        )
    survivors = sum(_name(mutant) not in equivalent for mutant in living)
    of, timeouts = len(dead) + survivors, sum(result.verdict == "timeout" for result in results.values())
    share = binomtest(len(dead), of).proportion_ci(method="wilson") if of else None
    low, high = (share.low, share.high) if share else (1.0, 1.0)
    killed = len(dead) / of if of else 1.0
    print(
        f"{len(dead)} of {of} mutants killed: {killed:.1%} ({low:.1%} – {high:.1%}, wanted at least {WANTED:.0%}), "
        f"{timeouts} of them by time; {len(living) - survivors} more are equivalent to the original"
    )
    for mutant in wrong:
        print(f"explained as equivalent, and killed; remove the entry: {mutant}", file=sys.stderr)
    return 2 if wrong else int(killed < WANTED)


def _results(chosen: Sequence[Mutant]) -> Iterator[tuple[Mutant, Result]]:
    """Each mutant with its result: a kept one, or that of a trial now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = _kept()
    missing = [mutant for mutant in chosen if not _holds(kept.get(_key(mutant)), mutant)]
    yield from ((mutant, kept[_key(mutant)]) for mutant in chosen if mutant not in set(missing))
    if not missing:
        return
    spawn = get_context("spawn")
    coverage = _coverage(spawn)
    with (
        ProcessPoolExecutor(PROCESSES, spawn, prepare) as pool,
        (KEPT / "results.jsonl").open("a", encoding="utf-8") as lines,
    ):
        tests = {mutant: coverage.of(mutant) for mutant in missing}
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


def _coverage(spawn: BaseContext) -> Coverage:
    """The coverage by the unit tests; only test files that have changed since it was kept run again."""
    files, path = _all_files(), KEPT / "coverage.json"
    states = {
        str(each.relative_to(ROOT)): _state(str(each.relative_to(ROOT)))
        for each in (ROOT / TESTS).rglob("*.py")
    }
    tests = {file: state for file, state in states.items() if "/test_" in file}
    shared = [*(_state(file) for file in files), *sorted(set(states.items()) - set(tests.items()))]
    try:
        kept = json.loads(path.read_text(encoding="utf-8"), object_hook=_numbered)
    except FileNotFoundError:
        kept = {}
    known = kept["states"] if kept.get("shared") == json.loads(json.dumps(shared)) else {}
    changed = [file for file, state in tests.items() if known.get(file) != state]
    found = (
        Coverage(kept["tests"], kept["seconds"]).without({*changed, *(known.keys() - tests)})
        if known
        else Coverage()
    )
    if changed:
        with ProcessPoolExecutor(1, spawn) as alone:
            found = found.with_(alone.submit(measured, files, changed).result())
        path.write_text(json.dumps({"shared": shared, "states": tests, **asdict(found)}), encoding="utf-8")
    return found


def _numbered(table: dict[str, object]) -> dict[object, object]:
    return {int(key) if key.isdigit() else key: value for key, value in table.items()}


def _check_unchanged(pool: ProcessPoolExecutor, coverage: Coverage, tests: list[str]) -> None:
    """Ends the program when the tests fail in a trial without a mutant: then a killed mutant would mean nothing."""
    verdict, killer = pool.submit(tried, None, tests, coverage.limit_s(tests)).result()
    if verdict not in {"survived", "not covered"}:
        sys.exit(f"{verdict} without any mutant, by {killer or 'no single test'}; repair the tests first")


def _kept() -> dict[str, Result]:
    try:
        lines = (KEPT / "results.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found = [Result(**json.loads(line)) for line in lines if line.endswith("}")]
    return {result.mutant: result for result in found}


def _holds(result: Result | None, mutant: Mutant) -> bool:
    """Whether the result was seen on the same file and tests: the one that killed, or all of them for a survivor."""
    if result is None or result.file_state != _state(mutant.file):
        return False
    return result.tests_state == _tests_state(result.killer)


def _tests_state(killer: str) -> str:
    return _state(killer.partition("::")[0]) if killer else _folder_state(TESTS)


@cache
def _folder_state(folder: str) -> str:
    return hashlib.sha256(
        "".join(
            _state(str(path.relative_to(ROOT))) for path in sorted((ROOT / folder).rglob("*.py"))
        ).encode()
    ).hexdigest()[:16]


@cache
def _state(file: str) -> str:
    path = ROOT / file
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()[:16]


def _files(only: Sequence[str], changed: str | None) -> list[str]:
    """The files with mutants, those whose path begins with one of `only`, and that differ from a git reference."""
    found = _all_files()
    if only:
        found = [file for file in found if file.startswith(tuple(only))]
    if changed is not None:
        done = subprocess.run(
            ["git", "diff", "--name-only", changed], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"--changed: git does not know {changed}: {done.stderr.strip()}")
        found = [file for file in found if file in set(done.stdout.split())]
    return found


def _all_files() -> list[str]:
    paths = {path for pattern in MODULES for path in ROOT.glob(pattern)}
    return sorted(str(path.relative_to(ROOT)) for path in paths if path.name != "__init__.py")


def _all_mutants() -> Iterator[Mutant]:
    return (mutant for file in _all_files() for mutant in mutants(file, _source(file)))


def _source(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def _key(mutant: Mutant) -> str:
    return f"{mutant.number}: {mutant}"


def _name(mutant: Mutant) -> str:
    """The mutant without its line, which other changes move."""
    return f"{mutant.file} in {mutant.function}: `{mutant.original}` → `{mutant.changed}`"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=SIZE, help="How many mutants at most.")
    parser.add_argument("--seed", type=int, default=SEED, help="Which sample.")
    parser.add_argument("--only", action="append", default=[], help="Only files whose path begins with this.")
    parser.add_argument("--changed", metavar="REF", help="Only files that differ from this git reference.")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
