"""Fits what a run leaves open, and says how far the run and its simulation are apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from harness.analyse.learning.client_overhead import busiest_per_s, client_overhead, client_overheads_s
from harness.assess.runs import evidence_of
from harness.calibrate.learned_target import learned_target
from harness.model.calibration import Calibration
from harness.model.errors import RecordError
from harness.model.verdict import Measurement
from harness.record.reader import Record
from harness.twin.prediction import Prediction, band, predict
from mock_upstream.profile import Profile

FEWEST_CALLS, SEEDS, NEAR = 200, 20, 0.10


@dataclass(frozen=True, slots=True)
class Apart:
    """One measurement of a run beside the twin's, with the same seed, and the band of further seeds.

    `twin` is infinite where it is not reached.
    """

    measured: Measurement
    twin: float
    band: Measurement

    @property
    def ratio(self) -> float | None:
        """By how much the run is above the twin, as a share; None where one of them has no number, or both are 0."""
        if self.measured.value is None or self.twin in (0.0, inf):
            return None
        return self.measured.value / self.twin - 1.0

    @property
    def near(self) -> bool:
        """Whether the run is within 10% of the twin; also where neither reaches the percentile."""
        if self.ratio is None:
            return self.measured.number == self.twin
        return abs(self.ratio) <= NEAR

    @property
    def within(self) -> bool:
        """Whether the run lies within the band."""
        low = inf if self.band.low is None else self.band.low
        high = inf if self.band.high is None else self.band.high
        return low * (1.0 - 1e-9) <= self.measured.number <= high * (1.0 + 1e-9)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration, and what it leaves between its run and the twin; `learned` says what it knows of the server."""

    calibration: Calibration
    apart: tuple[Apart, ...]
    unknown: tuple[str, ...] = ()


def calibrate(record: Record, seeds: int = SEEDS) -> Calibrated:
    """Fits the client's overhead and, where the target was not surgeline's own, the server; then plays the run again.

    Raises RecordError for a run from which nothing can be fitted, and ConfigError for one that the twin does not model.
    """
    _check(record)
    overhead, upstream, unknown = _fitted(record)
    started_s = record.table("attempts", ["started_s"])["started_s"].to_numpy(float)
    run = record.run
    found = Calibration(
        run=run.id, policy=run.policy.name, scenario=run.scenario.name, made_at=datetime.now(UTC),
        machine=run.machine, overhead=overhead, busiest_per_s=busiest_per_s(started_s),
        target="" if upstream is None else run.target, upstream=upstream,
    )  # fmt: skip
    seeded = run.scenario.model_copy(update={"seed": run.seed})
    predicted = predict(run.policy, seeded, run.upstream, seeds + 1, found)
    return Calibrated(found, tuple(_apart(record, predicted)), unknown)


def _check(record: Record) -> None:
    if record.end is None or record.end.state != "complete":
        raise RecordError(record.run.id, "", "is not complete; calibrate with a run that has ended by itself")
    events = record.table("events")
    if len(events) and bool((events["kind"] == "lever").any()):
        problem = "had levers pulled, which its files do not say; calibrate with a run without levers"
        raise RecordError(record.run.id, "", problem)


def _fitted(record: Record) -> tuple[Measurement, Profile | None, tuple[str, ...]]:
    """The overhead, what was learned of a server that is not surgeline's own, and what cannot be known of it."""
    served = record.table("served")
    if not len(served):
        learned, upstream = learned_target(record)
        seconds = learned.overhead_s or 0.0
        overhead = Measurement(
            name="overhead", value=seconds, unit="s", n=learned.requests, low=None, high=None
        )
        return overhead, upstream, tuple(f"{each.quantity}: {each.why}" for each in learned.unknown)
    overheads_s = client_overheads_s(evidence_of(record).counted, served)
    if len(overheads_s) < FEWEST_CALLS:
        problem = (
            f"has {len(overheads_s)} calls after its warm-up that succeeded with one attempt; at least {FEWEST_CALLS} "
            "are needed, calibrate with a run that has more"
        )
        raise RecordError(record.run.id, "", problem)
    return client_overhead(overheads_s), None, ()


def _apart(record: Record, predicted: Prediction) -> list[Apart]:
    """Those measurements that both have, in the run's order."""
    same, others = predicted.values[0], predicted.values[1:]
    return [
        Apart(measured, same[name], band(name, [each[name] for each in others]))
        for name, measured in (record.end.measurements if record.end else {}).items()
        if name in same and all(name in each for each in others)
    ]
