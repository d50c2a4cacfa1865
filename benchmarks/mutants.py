"""How many mutants the unit tests kill: of a seeded sample over the arithmetic that a verdict rests on.

    python -m benchmarks.mutants [--size 600] [--seed 1] [--only harness/session] [--changed HEAD~20]

Each trial's result is kept under out/mutants, so that a second start goes on where the first one stopped. A survivor
whose behaviour is that of the original is explained in benchmarks/equivalent_mutants.toml, and is no part of the share.
Exits with 1 when fewer than 90% are killed, and with 2 for an explanation that no longer applies.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from random import Random

from scipy.stats import binomtest

from benchmarks.mutant_results import Result, results
from benchmarks.mutant_trials import ROOT
from benchmarks.mutations import Mutant, mutants

WANTED, SIZE, SEED = 0.90, 600, 1
EXPLAINED = ROOT / "benchmarks" / "equivalent_mutants.toml"
MODULES = (
    "harness/analyse/**/*.py", "harness/range_search/*.py", "harness/session/outcome.py", "harness/session/errors.py",
    "harness/session/target_url.py", "harness/session/resilience/*.py", "harness/session/client/client.py",
    "harness/session/trace/call_trace.py", "harness/session/trace/pool_gauge.py", "harness/session/build/session.py",
    "harness/session/build/read_back.py", "harness/session/build/socket_options.py", "harness/analyse/schedule.py",
    "harness/drive/epoch.py", "harness/drive/meter.py", "harness/drive/self_monitor.py", "harness/drive/guard_rows.py",
    "harness/drive/client_pool.py", "harness/drive/locust_stats.py", "harness/drive/limited_order.py",
    "harness/drive/service.py", "harness/record/rows.py", "harness/record/writer.py",
)  # fmt: skip


def main() -> int:
    """Tries the sample, prints what it showed, and returns the exit code."""
    options = _options()
    files = _files(options.only, options.changed)
    everything = [mutant for file in files for mutant in mutants(file, _source(file))]
    try:
        equivalent = explained(tomllib.loads(EXPLAINED.read_text(encoding="utf-8")), all_mutants())
    except ValueError as error:
        print(f"{EXPLAINED.relative_to(ROOT)}: {error}", file=sys.stderr)
        return 2
    chosen = sample(
        everything, {file: _source(file).count("\n") for file in files}, options.size, options.seed
    )
    if not chosen:
        print("No file with mutants has changed.")
        return 0
    found = dict(results(chosen, _all_files()))
    return report({mutant: found[mutant] for mutant in chosen}, equivalent)


def sample(population: Sequence[Mutant], lines: dict[str, int], size: int, seed: int) -> list[Mutant]:
    """`size` mutants, files in proportion to their lines; what is drawn from a file depends on it and the seed alone.

    Weighted sampling without replacement: P. Efraimidis and P. Spirakis, Information Processing Letters 97(5), 2006.
    """
    of_file = Counter(mutant.file for mutant in population)

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


def report(found: dict[Mutant, Result], equivalent: dict[str, str]) -> int:
    """Prints the survivors and the share; returns the exit code."""
    dead = [mutant for mutant, result in found.items() if result.killed]
    living = [mutant for mutant, result in found.items() if not result.killed]
    same = [mutant for mutant in living if _name(mutant) in equivalent]
    for mutant in living:
        known = mutant in same
        reason = f" ({equivalent[_name(mutant)]})" if known else ""
        print(f"{'equivalent' if known else found[mutant].verdict}: {mutant}{reason}")
    timeouts = sum(result.verdict == "timeout" for result in found.values())
    killed, of = len(dead), len(found) - len(same)
    within = binomtest(killed, of).proportion_ci(method="wilson") if of else None
    if within is not None:
        share = f"{killed / of:.1%} ({within.low:.1%} – {within.high:.1%}, wanted at least {WANTED:.0%})"
        more = f"{timeouts} of them by time; {len(same)} more are equivalent to the original"
        print(f"{killed} of {of} mutants killed: {share}, {more}")
    wrong = [mutant for mutant in dead if _name(mutant) in equivalent]
    for mutant in wrong:
        print(f"explained as equivalent, and killed; remove the entry: {mutant}", file=sys.stderr)
    return 2 if wrong else int(killed < WANTED * of)


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


def all_mutants() -> Iterator[Mutant]:
    """Every mutant of every file, the population of the sample."""
    return (mutant for file in _all_files() for mutant in mutants(file, _source(file)))


def _source(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


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
