"""Whether a map shows where recovery ends, as runs of the lab do, and how long a large map takes.

    python -m benchmarks.twin_map [--runs 1000] [--time-again]

The map is rate × retries of retry-storm, whose upstream serves 400/s. Runs are made on eight cells in pairs on both
sides of the line where recovery ends; wanted are six or more valid ones, all of which agree with their cells. The large
map has 15 × 15 cells of 60 s, with 4 seeds where the state changes; wanted are 60 s at most. Results are kept under
out/, so that the command goes on where it stopped; with `--runs` it makes at most so many runs and exits 3 before the
last one.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter

import psutil

from benchmarks.wanted import exit_code
from harness.model.stability_map import MapCell, StabilityMap
from harness.record.reader import Broken
from harness.record.result_store import MAPS
from harness.twin.mapping.cells import map_spec
from harness.twin.mapping.confirmation import boundary_cells, run_cell
from harness.twin.mapping.seed_rounds import begin_map, fill_map
from harness.twin.sweep import sweeping
from surgeline.commands.map import map_exit_code
from surgeline.render.map import show_map

KEPT = Path(__file__).parents[1] / "out" / "twin_map"
CELLS, LEAST_RUNS, SEEDS, WITHIN_S, UNFINISHED = 8, 6, 4, 60.0, 3
AXES = ("arrivals.rate=40..400", "retry.total=0..4")
LARGE_AXES = ("arrivals.rate=50..500", "timeout.read_s=0.1..1.5")
LARGE_SETTING = "scenario.arrivals.0.duration_s=60"


def the_map() -> StabilityMap:
    """The map, as far as it has been made."""
    for kept in MAPS.listed(KEPT):
        if not isinstance(kept, Broken) and kept.spec.seeds == SEEDS:
            return kept
    spec = map_spec("retry-storm", "storm-three-retries", (), None, AXES, (19, 5), SEEDS)
    with sweeping() as sweep:
        found = fill_map(begin_map(spec), sweep, lambda _: None)
    return MAPS.claim(KEPT, found)


def missing(found: StabilityMap) -> list[MapCell]:
    """The cells that lack a valid run."""
    made = {(run.x, run.y) for run in found.runs if not run.invalid}
    return [cell for cell in boundary_cells(found, CELLS) if (cell.x, cell.y) not in made]


def checked(found: StabilityMap, most: int) -> StabilityMap:
    """The map with at most so many further runs, each kept at once. An invalid run is repeated by the next command."""
    for cell in missing(found)[:most]:
        made = run_cell(found, cell, KEPT, lambda _: None)
        runs = [run for run in found.runs if (run.x, run.y) != (cell.x, cell.y)]
        found = found.model_copy(update={"runs": (*runs, made)})
        MAPS.save(KEPT, found)
        print(f"  {made.x} {made.y}: {made.state} {made.invalid}", flush=True)
    return found


def large_map() -> dict[str, float]:
    """Seconds of the clock and of processors for the large map, with its cells and simulated seeds."""
    spec = map_spec("retry-storm", "storm-three-retries", (LARGE_SETTING,), None, LARGE_AXES, (15, 15), SEEDS)
    begun_s = perf_counter()
    with sweeping() as sweep:
        found = fill_map(begin_map(spec), sweep, lambda _: None)
        took_s = perf_counter() - begun_s
        busy = [psutil.Process(), *psutil.Process().children(recursive=True)]
        cpu_s = sum(process.cpu_times().user + process.cpu_times().system for process in busy)
    return {"seconds": took_s, "cpu_s": cpu_s, "cells": len(found.cells), "simulations": found.simulations}


def report(found: StabilityMap, timed: dict[str, float]) -> int:
    """Prints the map, its runs and the time, and returns the exit code."""
    show_map(found)
    valid = [run for run in found.runs if not run.invalid]
    agreeing = sum(found.agrees(run) for run in valid)
    print(
        f"runs that agree: {agreeing} of {len(valid)} (n = {len(valid)} cells on the line where recovery ends)"
    )
    print(
        f"{timed['cells']:.0f} cells of 60 s, {timed['simulations']:.0f} seeds: {timed['seconds']:.1f} s, and "
        f"{timed['cpu_s']:.1f} s of processors (n = 1)"
    )
    return exit_code(
        {
            f"at least {LEAST_RUNS} valid runs": len(valid) >= LEAST_RUNS,
            "all runs agree with the map": map_exit_code(found) != 1,
            f"15 × 15 cells within {WITHIN_S:g} s": timed["seconds"] <= WITHIN_S,
        }
    )


def main() -> int:
    """Makes what is missing and prints it; 1 where a wanted figure is missed, 3 where runs are missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000, help="make at most so many runs")
    parser.add_argument("--time-again", action="store_true", help="measure the large map again")
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    found, file = checked(the_map(), options.runs), KEPT / "large_map.json"
    if missing(found) and options.runs < CELLS:
        return UNFINISHED
    if options.time_again or not file.exists():
        file.write_text(json.dumps(large_map()), encoding="utf-8")
    return report(found, json.loads(file.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
