"""Whether each advised policy passes its advised scenario in the lab, and whether none would where that is said.

    python -m benchmarks.advised_policies                       # the ten shipped sheets; goes on where it stopped
    python -m benchmarks.advised_policies --only payment-post --again

Of a sheet for which no policy would do, the three nearest policies are run, and each of them has to fail. Exits with 1
when a verdict is another one, or when none would do for more than two sheets.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.advise.advisor import advise
from harness.inputs.answer_sheets import read_answers
from harness.inputs.shipped_files import file_names
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.advised import Advice
from harness.model.policy import Policy
from harness.record.reader import Record

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "out" / "advised"
MOST_WITHOUT = 2
FIGURES = ("latency.p99", "error_ratio", "amplification")


@dataclass(frozen=True, slots=True)
class AdvisedRun:
    """What one run showed of one sheet's policy."""

    sheet: str
    policy: str
    wanted: str
    verdict: str
    figures: str

    @property
    def missed(self) -> bool:
        """Whether the verdict is another one than the advice says."""
        return self.verdict != self.wanted


def advised_runs(sheet: str, runs: Path) -> Iterator[AdvisedRun]:
    """The run of the advised policy, or the runs of the three nearest ones where none would do."""
    advice = advise(*read_answers(sheet))
    wanted = "fail" if advice.none_because else "pass"
    for policy in advice.nearest or (advice.policy,):
        yield _made(sheet, policy, wanted, _record(policy, advice, runs))


def _record(policy: Policy, advice: Advice, runs: Path) -> Record:
    return run_plan(Plan(policy, advice.scenario, advice.upstream), runs)


def _made(sheet: str, policy: Policy, wanted: str, record: Record) -> AdvisedRun:
    assert record.end is not None
    measured = record.end.measurements
    figures = ", ".join(
        f"{name} {found.value:.4g} ({found.low} – {found.high})"
        if (found := measured[name]).value is not None
        else f"{name} not reached"
        for name in FIGURES
    )
    return AdvisedRun(sheet, policy.name, wanted, record.end.verdict.kind, figures)


def _kept(sheet: str, *, again: bool) -> list[AdvisedRun]:
    """The runs of this sheet and this advice; made where they are not kept yet."""
    digest = advise(*read_answers(sheet)).digest
    path = KEPT / f"{sheet}-{digest}.json"
    if again or not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        found = list(advised_runs(sheet, KEPT / "runs"))
        path.write_text(json.dumps([asdict(each) for each in found]))
    return [AdvisedRun(**each) for each in json.loads(path.read_text())]


def main() -> int:
    """Prints a row for each run; 1 when one is not as advised."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="Only sheets whose name contains this.")
    parser.add_argument("--again", action="store_true", help="Make each run again.")
    options = parser.parse_args()
    print("| sheet | policy | advised | lab | |")
    print("|---|---|---|---|---|")
    found: list[AdvisedRun] = []
    for sheet in file_names("sheet"):
        if options.only in sheet:
            for each in _kept(sheet, again=options.again):
                found.append(each)
                print(
                    f"| {sheet} | {each.policy} | {each.wanted} | {each.verdict} | {each.figures} |",
                    flush=True,
                )
    without = len({each.sheet for each in found if each.wanted == "fail"})
    return int(without > MOST_WITHOUT or any(each.missed for each in found))


if __name__ == "__main__":
    sys.exit(main())
