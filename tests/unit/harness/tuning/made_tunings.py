"""Searches as `surgeline tune` would leave them, made of arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.model.tuning import LabCheck, Tuning
from harness.model.verdict import Decision, Fail, Measurement, Pass, Verdict
from harness.record.result_store import TUNINGS
from harness.tuning.front import in_order, pareto_front, simplest
from harness.tuning.search import searched
from harness.tuning.trial import candidate_of
from tests.unit.harness.tuning.arithmetic import POOL, READ, RETRIES, played, spec

STARTED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
VERDICTS: tuple[Verdict, ...] = (
    Fail(reasons=("p99(latency) is 3.2 s, above the limit of 1 s",)),
    Pass(),
    Pass(),
)


def made_tuning(trials: int = 16, *, confirmed: bool = True, runs: tuple[str, ...] = ()) -> Tuning:
    """A complete search; with `confirmed` its two best policies were run beside the policy that one has."""
    asked = spec(confirm=2 if confirmed else 0, trials=trials)
    own = played([{}])[0]
    tried = [own, *(t for batch in searched((READ, RETRIES), asked.scenario, trials, played) for t in batch)]
    chosen = [
        simplest(tried[place], own, asked.scenario, played)
        for place in in_order(tried, pareto_front(tried, asked.scenario))[:2]
    ]
    tried += [trial for trial in chosen if trial not in tried]
    front = set(pareto_front(tried, asked.scenario))
    numbers = tuple(tried.index(trial) for trial in chosen)
    candidates = tuple(
        candidate_of(n, trial, asked.scenario).model_copy(update={"best": n in front})
        for n, trial in enumerate(tried)
    )
    found = Tuning(
        id=TUNINGS.name(asked, STARTED),
        state="complete",
        spec=asked,
        started_at=STARTED,
        refused=(POOL,),
        candidates=candidates,
        chosen=numbers,
        command="surgeline tune dependency-slowdown --policy textbook",
    )
    return _confirmed(found, runs) if confirmed else found


def _confirmed(found: Tuning, runs: tuple[str, ...]) -> Tuning:
    names = runs or tuple(f"run-{number}" for number in (0, *found.chosen))
    checks = tuple(
        LabCheck(
            number=number,
            policy="textbook" if number == 0 else f"textbook-tuned-{number}",
            run=run,
            seed=12,
            verdict=verdict,
            measured={name: _measured(name, m) for name, m in found.candidates[number].predicted.items()},
        )
        for number, run, verdict in zip((0, *found.chosen), names, VERDICTS, strict=False)
    )
    best = checks[1].policy
    decision = Decision(kind="clear winner", policy=best, other="textbook", holding=(best,), pairs=1, runs=3)
    return found.model_copy(update={"checks": checks, "decision": decision, "winner": checks[1].number})


def _measured(name: str, predicted: Measurement) -> Measurement:
    value = predicted.number * 1.01
    return predicted.model_copy(update={"value": value, "low": 0.97 * value, "high": 1.03 * value, "n": 1200})
