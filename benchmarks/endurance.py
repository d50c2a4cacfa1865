"""What SIGKILL of any part of a run leaves behind, at writes, at renames and at random moments.

    python -m benchmarks.endurance [--kills 300] [--at-once 4] [--kept out/endurance/kills.jsonl]

Each trial makes a short run of real processes in a folder of its own and kills one part of it: the command, the driver
(the master, where there are workers), a worker, the upstream, or a Prometheus that scrapes the run. Part and moment
follow from the seed and the trial's number. The command is forked from this process, which has imported its modules;
every other process is started as always. Wanted of each trial:

- the record opens and can be measured;
- no call is missing that ended more than 1 s before the kill;
- every attempt with a response is in the upstream's ledger, but for the ledger's last second where its writer or the
  upstream was killed, and every request of the ledger has a call;
- the command ends with an exit code that it documents, and without a traceback;
- ten seconds later no process is left, and none of its ports is listened on.

A second and ten seconds are times in which each process of the run could run: what the machine's other work kept it
from a processor does not count. Results are kept, and a further call makes further trials. Exits 1 where a trial, also
an earlier one of the same file, failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from scipy.stats import beta

from benchmarks.kill_trials import Result, Trial, drawn, tried
from benchmarks.wanted import exit_code

KEPT, SEED, CONFIDENCE = Path("out/endurance/kills.jsonl"), 1, 0.95
AILING = 12
Row = dict[str, Any]


def main() -> int:
    """Makes the trials and prints how often each part was killed at each kind of moment, and the failures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=4, help="Trials side by side.")
    parser.add_argument("--kept", type=Path, default=KEPT)
    options = parser.parse_args()
    options.kept.parent.mkdir(parents=True, exist_ok=True)
    before = kept(options.kept)
    wanted_kills = sum(row["killed"] for row in before) + options.kills
    number = max((row["trial"]["number"] for row in before), default=0)
    running = set[int]()
    while True:
        made = sum(row["killed"] for row in kept(options.kept))
        if (
            made + len(running) < wanted_kills
            and len(running) < options.at_once
            and not _ailing(options.kept)
        ):
            number += 1
            running.add(_begun(drawn(SEED, number), options.kept))
        elif running:
            running.discard(os.wait()[0])
        else:
            break
    return tell(kept(options.kept))


def _begun(trial: Trial, file: Path) -> int:
    """Makes the trial in a process of its own, which keeps the result; its id."""
    child = os.fork()
    if child:
        return child
    try:
        _keep(file, _row(tried(trial)))
    except BaseException:
        problems = ["the trial itself failed", traceback.format_exc()]
        _keep(file, {"trial": asdict(trial), "killed": False, "problems": problems})
    finally:
        os._exit(0)


def _ailing(file: Path) -> bool:
    """Whether the last trials have all failed, so that more of them would show nothing new."""
    last = kept(file)[-AILING:]
    return len(last) == AILING and all(row["problems"] for row in last)


def _row(result: Result) -> Row:
    return {
        name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(result).items()
    }


def _keep(file: Path, row: Row) -> None:
    """Appends one line at once, so that trials side by side do not mix."""
    with file.open("ab", buffering=0) as out:
        out.write(json.dumps(row).encode() + b"\n")


def kept(file: Path) -> list[Row]:
    """The results so far."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def tell(rows: list[Row]) -> int:
    """Prints what the trials showed; 1 where one failed."""
    killed = [row for row in rows if row["killed"]]
    failed = [row for row in rows if row["problems"]]
    counts = Counter((row["trial"]["part"], row["trial"]["moment"]) for row in killed)
    moments = sorted({moment for _, moment in counts})
    print(f"{'killed':<12}" + "".join(f"{moment:>9}" for moment in moments) + f"{'all':>9}")
    for part in sorted({part for part, _ in counts}):
        each = [counts[part, moment] for moment in moments]
        print(f"{part:<12}" + "".join(f"{count:>9}" for count in each) + f"{sum(each):>9}")
    for row in failed:
        print(f"failed: trial {row['trial']}: {'; '.join(row['problems'])}")
    measured = [row for row in killed if "age_s" in row]
    if measured:
        print(
            f"the oldest missing call was due {max(row['age_s'] for row in measured):.2f} s before the kill; "
            f"{median(row['allowed_s'] for row in measured):.2f} s were allowed (median); "
            f"the last process ended {max(row['gone_s'] for row in measured):.1f} s later at most; "
            f"{sum(row['cpu_s'] for row in measured) / len(measured):.2f} CPU seconds a trial"
        )
    print(
        f"{len(killed):,} kills, {len(failed)} failed: at most {at_most(len(failed), len(killed)):.3%} "
        f"({CONFIDENCE:.0%}, Clopper and Pearson); {len(rows) - len(killed)} trials ended before their moment"
    )
    return exit_code({"0 failures": not failed})


def at_most(failed: int, n: int) -> float:
    """The upper bound of the share of failures (one-sided; Clopper & Pearson 1934); 1 where nothing was tried."""
    return 1.0 if failed >= n else float(beta.ppf(CONFIDENCE, failed + 1, n - failed))


if __name__ == "__main__":
    sys.exit(main())
