"""Runs random sequences of steps on everything that keeps state, beside a small model of it; counts disagreements.

    python -m benchmarks.state_machines                    # 10,000 sequences of each; goes on where it stopped
    python -m benchmarks.state_machines --sequences 300 --only breaker
    python -m benchmarks.state_machines --only queue --part 3    # one part of twenty, in this process

A machine under benchmarks/machines has a model that is written from the documentation alone. A finding is a sequence
after which both disagree, made as short as hypothesis can make it.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.kept_results import kept_part
from benchmarks.machines.base import Machine
from benchmarks.machines.breaker import BreakerMachine
from benchmarks.machines.budgets import BudgetMachine
from benchmarks.machines.bulkhead import BulkheadMachine
from benchmarks.machines.limiter import LimiterMachine
from benchmarks.machines.pool_gauge import PoolGaugeMachine
from benchmarks.machines.queue_model import QueueMachine
from benchmarks.machines.record_writer import RecordWriterMachine
from benchmarks.machines.throttles import AdaptiveThrottleMachine, RateThrottleMachine

MACHINES: dict[str, type[Machine]] = {
    "breaker": BreakerMachine,
    "budgets": BudgetMachine,
    "bulkhead": BulkheadMachine,
    "limiter": LimiterMachine,
    "pool gauge": PoolGaugeMachine,
    "queue model": QueueMachine,
    "record writer": RecordWriterMachine,
    "throttle, adaptive": AdaptiveThrottleMachine,
    "throttle, rate": RateThrottleMachine,
}
PARTS, STEPS = 20, 40


@dataclass(frozen=True, slots=True)
class Ran:
    """What sequences of a machine showed."""

    sequences: int
    steps: int
    findings: list[str]


def run(machine: type[Machine], sequences: int, number: int, *, shorten: bool = True) -> Ran:
    """So many sequences, the same ones for the same number; stops at the first finding."""
    phases = [Phase.generate, *([Phase.shrink] if shorten else [])]
    chosen = settings(
        max_examples=sequences, stateful_step_count=STEPS, deadline=None, database=None, phases=phases,
        suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    machine.sequences = machine.steps = 0
    findings = []
    try:
        run_state_machine_as_test(seed(number)(machine), settings=chosen)  # type: ignore[no-untyped-call]
    except Exception as error:
        notes = "\n".join(getattr(error, "__notes__", ()))
        findings.append(f"{machine.__name__} ({number}): {type(error).__name__}: {error}\n{notes}")
    return Ran(machine.sequences, machine.steps, findings)


def main() -> int:
    """Prints counts; 1 when there was a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sequences", type=int, default=10_000, help="Of each machine.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="Only machines whose name contains this.")
    parser.add_argument("--part", type=int, help="Only this part, in this process; prints JSON.")
    parser.add_argument("--again", action="store_true", help="Make every part again.")
    options = parser.parse_args()
    chosen = [name for name in MACHINES if options.only in name]
    each = -(-options.sequences // PARTS)
    if options.part is not None:
        (name,) = chosen
        print(json.dumps(asdict(run(MACHINES[name], each, options.seed * 1000 + options.part))))
        return 0
    findings = []
    for name in chosen:
        parts = [_part(name, part, options) for part in range(PARTS)]
        sequences, steps = (sum(part.get(key, 0) for part in parts) for key in ("sequences", "steps"))
        found = [finding for part in parts for finding in part["findings"]]
        print(f"{name}: {sequences:,} sequences, {steps:,} steps, {len(found)} findings", flush=True)
        findings += found
    print("\n".join(findings[:10]))
    return int(bool(findings))


def _part(name: str, part: int, options: argparse.Namespace) -> dict[str, object]:
    arguments = ["--part", str(part), "--only", name]
    arguments += ["--sequences", str(options.sequences), "--seed", str(options.seed)]
    kept = f"{name.replace(', ', '-').replace(' ', '-')}-{options.seed}-{options.sequences}-{part}"
    return kept_part("state_machines", kept, arguments, again=options.again)


if __name__ == "__main__":
    sys.exit(main())
