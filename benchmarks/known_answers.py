"""Known answers: what theory or others' measurements say, beside what surgeline measures.

    python -m benchmarks.known_answers [--seconds 60]

Prints the table of docs/reference/known-answers.md: known, measured with its 95% interval, n. Runs are made on
loopback, one after another, in a folder of their own. Exits 1 where a known value lies outside the interval, widened
from 95% to 99.9%, or where the machine was too uneven for an answer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from benchmarks.contention import PUBLISHED, contention
from benchmarks.wanted import exit_code
from harness.analyse.measure.recovery import recovery
from harness.analyse.stats.effective_size import effective_of_events
from harness.analyse.stats.intervals import Interval, mean_interval, rate_interval, ratio_interval
from harness.analyse.stats.queueing import erlang_c, mean_wait_s, waits_s
from harness.analyse.verdict.validity import InvalidReason, invalid_reasons
from harness.assess.runs import evidence_of
from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.policy import Policy
from harness.record.reader import Record
from mock_upstream.config.toml import build

WARMUP_S, TRIES = 2.0, 2
WIDENED = 3.29 / 1.96
"""From an interval of 95% to one of 99.9%: of twenty correct answers, 95% would refuse one on average."""
CHURN = {1: 0.495, 5: 0.151, 10: 0.065, 20: 0.014}


@dataclass(frozen=True)
class Answer:
    """One line of the table. `unit` is appended to the numbers."""

    what: str
    known: float | str
    ours: float
    within: Interval
    n: int
    unit: str = ""
    holds: bool | None = None
    """Whether an answer in words holds."""
    rounding: float = 1e-9
    """By how much the known value may be rounded."""

    @property
    def met(self) -> bool:
        """Whether the known value is what was measured, to 99.9%."""
        if isinstance(self.known, str):
            return bool(self.holds)
        low, high = self.within
        below, above = (
            WIDENED * abs(bound - self.ours) + self.rounding if bound is not None else np.inf
            for bound in (low, high)
        )
        return bool(-below <= self.known - self.ours <= above)

    def line(self) -> str:
        """The line in Markdown."""
        low, high = self.within
        bounds = (
            f"{_digits(low)} – {_digits(high)}"
            if low is not None and high is not None
            else f"≥ {_digits(low or 0)}"
        )
        known = self.known if isinstance(self.known, str) else _digits(self.known)
        return (
            f"| {self.what} | {known}{self.unit} | {_digits(self.ours)}{self.unit} | {bounds} | {self.n:,} |"
        )


class Uneven(Exception):
    """The machine was too uneven, in every try, for an answer."""


def run(root: Path, policy: dict[str, object], *settings: str, storm: bool = False) -> Record:
    """One run of the baseline scenario with a policy and settings of its own, made again while the machine stumbles.

    A `storm` makes its own driver late, and is taken as it comes. Raises Uneven after two tries.
    """
    slo = [f"scenario.slo.warmup_s={WARMUP_S}", "scenario.slo.thresholds=['p99(latency) < 100ms']"]
    overrides = read_overrides([*slo, *settings])
    written = read_scenario("baseline", overrides)
    plan = Plan(build(Policy, {"name": "known", **policy}, "known.toml"), written.scenario, written.upstream)
    reasons: list[InvalidReason] = []
    for _ in range(TRIES):
        record = run_plan(plan, root)
        reasons = invalid_reasons(evidence_of(record))
        if storm or not reasons:
            return record
    raise Uneven("; ".join(reason.text for reason in reasons))


def plenty(**more: object) -> dict[str, object]:
    """A policy that never gets in the way."""
    return {
        "session": {"trust_env": False},
        "adapter": {"pool_maxsize": 1000},
        "timeout": {"connect_s": 5.0, "read_s": 60.0},
        **more,
    }


def capacity(root: Path, seconds: float) -> list[Answer]:
    """c workers × S fixed give c / S per second, S being what the ledger says that they worked.

    An overloaded client may be late; an upstream that is not may not. Raises Uneven when it was.
    """
    settings = (
        "scenario.arrivals.0.rate_per_s=440",
        f"scenario.arrivals.0.duration_s={seconds}",
        "scenario.service.threads=1000",
    )
    record = run(root, plenty(), *settings, "scenario.drain_s=5", storm=True)
    late = [each for each in invalid_reasons(evidence_of(record)) if each.side == "upstream"]
    if late:
        raise Uneven(late[0].text)
    served = record.table("served")
    counts, edges = np.histogram(served["ended_s"], 30, (WARMUP_S, seconds))
    within = rate_interval(counts.astype(float), np.zeros(30, dtype=np.int64), float(edges[1] - edges[0]))
    rate = counts.sum() / (seconds - WARMUP_S)
    return [
        Answer(
            "8 workers × 20 ms, overloaded: served",
            8 / float(served["service_s"].mean()),
            rate,
            within,
            int(counts.sum()),
            "/s",
        )
    ]


def erlang(root: Path, seconds: float) -> list[Answer]:
    """M/M/8 at 320/s: P(wait), mean wait, and the recorded waits against the queue recursion, one by one."""
    record = run(
        root, plenty(), "upstream.service_time={distribution='exponential', mean_s=0.02}",
        "scenario.arrivals.0.rate_per_s=320", f"scenario.arrivals.0.duration_s={seconds}",
    )  # fmt: skip
    served = record.table("served").sort_values("arrived_s", kind="stable")
    waits = served["queue_wait_s"].to_numpy(float)
    replayed = waits_s(served["arrived_s"].to_numpy(float), served["service_s"].to_numpy(float), 8)
    apart, waited = np.abs(waits - replayed), waits > 0
    phases, n = np.zeros(len(waits), dtype=np.int64), len(waits)
    ratio = ratio_interval(effective_of_events(waited, phases), float(waited.mean()))
    mean = mean_interval(1e3 * waits, phases)
    same = float(np.mean(apart < 1e-3))
    return [
        Answer("M/M/8 at 320/s: P(wait)", erlang_c(8, 6.4), float(waited.mean()), ratio, n),
        Answer(
            "M/M/8 at 320/s: mean wait",
            1e3 * mean_wait_s(8, 0.02, 320.0),
            1e3 * float(waits.mean()),
            mean,
            n,
            " ms",
        ),
        Answer(
            "its waits within 1 ms of the queue recursion",
            1.0,
            same,
            ratio_interval(effective_of_events(apart < 1e-3, phases), same),
            n,
        ),
    ]


def closed(root: Path, seconds: float) -> list[Answer]:
    """30 users on 10 workers of 21 ms: a round takes N·S / c, S being what the ledger says that they worked.

    A round is the latency and the time until the user asks again: the k-th call that ends is followed by the k-th that
    is not a user's first.
    """
    users = 30
    record = run(
        root, plenty(), f"scenario.arrivals=[{{shape='closed', users={users}, duration_s={seconds}}}]",
        "scenario.service.threads=40", "upstream.capacity.workers=10", "upstream.service_time.value_s=0.021",
    )  # fmt: skip
    calls = record.calls().sort_values("ended_s", kind="stable")
    next_s = np.sort(calls["scheduled_s"].to_numpy(float))[users:]
    calls = calls[: len(next_s)]
    rounds_ms = 1e3 * (next_s - calls["scheduled_s"].to_numpy(float))[calls["scheduled_s"] >= WARMUP_S]
    within = mean_interval(rounds_ms, np.zeros(len(rounds_ms), dtype=np.int64))
    known_ms = 1e3 * users * float(record.table("served")["service_s"].mean()) / 10
    what = "closed loop, 30 users on 10 × 21 ms: mean round"
    return [Answer(what, known_ms, float(rounds_ms.mean()), within, len(rounds_ms), " ms")]


def churn(root: Path, seconds: float, sizes: Sequence[int] = tuple(CHURN)) -> list[Answer]:
    """New connections per request, 30 calls under way on average, by the size of the pool."""
    found = []
    for size in sizes:
        policy = plenty(adapter={"pool_maxsize": size})
        record = run(
            root, policy, "upstream.capacity={}", "upstream.service_time={distribution='exponential', mean_s=0.15}",
            "scenario.arrivals.0.rate_per_s=200", f"scenario.arrivals.0.duration_s={seconds}",
            "scenario.service.threads=400",
        )  # fmt: skip
        attempts = record.table("attempts").sort_values("started_s")
        opened = attempts["new_connection"][attempts["started_s"] >= WARMUP_S].to_numpy(bool)
        within = ratio_interval(
            effective_of_events(opened, np.zeros(len(opened), dtype=np.int64)), float(opened.mean())
        )
        found.append(
            Answer(
                f"new connections per request, pool_maxsize {size}",
                CHURN[size],
                float(opened.mean()),
                within,
                len(opened),
            )
        )
    return found


def amplification(root: Path, seconds: float, ratios: Sequence[float] = (0.1, 0.5, 0.9)) -> list[Answer]:
    """Attempts per call with 3 retries when each attempt fails with f: (1 - f⁴) / (1 - f)."""
    found = []
    for f in ratios:
        record = run(
            root, plenty(retry={"total": 3, "status_forcelist": [503], "raise_on_status": False}),
            f"upstream.fault=[{{kind='status', status=503, ratio={f}}}]", "upstream.service_time.value_s=0.001",
            "scenario.arrivals.0.rate_per_s=100", f"scenario.arrivals.0.duration_s={seconds}",
        )  # fmt: skip
        assert record.end is not None
        m = record.end.measurements["amplification"]
        known = (1 - f**4) / (1 - f)
        found.append(
            Answer(f"attempts per call, 3 retries, f = {f}", known, m.value, Interval(m.low, m.high), m.n)
        )
    return found


def hysteresis(root: Path, seconds: float, retries: Sequence[int] = (3, 0)) -> list[Answer]:
    """A pause of 4 s at 250/s with timeouts of 0.5 s: recovered from iff 250/s < 400/s / (1 + R)."""
    found = []
    for total in retries:
        policy = plenty(timeout={"connect_s": 0.5, "read_s": 0.5}, retry={"total": total})
        record = run(
            root, policy, "scenario.arrivals.0.rate_per_s=250", f"scenario.arrivals.0.duration_s={9 + seconds}",
            "scenario.timeline=[{at_s=5, for_s=4, fault={kind='pause'}}]", "scenario.service.threads=1000",
            "scenario.drain_s=3",
            storm=True,
        )  # fmt: skip
        measured = recovery(evidence_of(record))
        assert measured is not None
        known = f"never within {seconds:g}" if total else "5 – 8"
        holds = measured.value >= seconds if total else 5.0 <= measured.value <= 8.0
        found.append(
            Answer(
                f"recovery from a 4 s pause at 250/s, {total} retries",
                known,
                measured.value,
                Interval(measured.low, measured.high),
                measured.n,
                " s",
                holds,
            )
        )
    return found


def jitter(repetitions: int = 60) -> list[Answer]:
    """AWS' simulator: 100 clients contend for one record by optimistic locking, with backoffs of 5 ms to 2 s."""
    found = []
    for kind, (calls, seconds) in PUBLISHED.items():
        runs = np.array([contention(kind, seed) for seed in range(repetitions)])
        for column, (what, known, unit, rounding) in enumerate(
            (("calls", calls, "", 0.5), ("seconds", seconds, " s", 0.05))
        ):
            values = runs[:, column]
            mean, error = float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5
            half = float(student.ppf(0.975, len(values) - 1)) * error
            within = Interval(mean - half, mean + half)
            found.append(
                Answer(
                    f"100 clients, {kind}: {what}",
                    float(known),
                    mean,
                    within,
                    len(values),
                    unit,
                    rounding=rounding,
                )
            )
    return found


def _digits(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def answers(root: Path, seconds: float) -> Iterator[Answer | Uneven]:
    """All of them, with runs of `seconds` seconds; Uneven in place of those that the machine did not allow."""
    parts: tuple[Callable[[Path, float], list[Answer]], ...] = (
        capacity,
        erlang,
        closed,
        churn,
        amplification,
        hysteresis,
    )
    for part in parts:
        try:
            yield from part(root, seconds)
        except Uneven as uneven:
            yield Uneven(f"{part.__name__}: {uneven}")
    yield from jitter()


def main() -> int:
    """Prints the table; 1 where an answer is not met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    print("| what | known | measured | 95% interval | n |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        wanted = {}
        for answer in answers(Path(folder), seconds):
            if isinstance(answer, Uneven):
                wanted[str(answer)] = False
            else:
                wanted[answer.what] = answer.met
                print(answer.line(), flush=True)
    return exit_code(wanted)


if __name__ == "__main__":
    sys.exit(main())
