"""The check of the pitfalls: each file has the expected result, which is compared with the measured one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.inputs.overrides import put
from harness.inputs.shipped_files import shipped_folder
from harness.model.errors import ConfigError, SurgelineError
from harness.model.formatting import format_value
from harness.model.quantile import quantile
from harness.pitfalls.model import Measure, Pitfall, PitfallCase
from harness.pitfalls.play import Played, play_case
from mock_upstream.config.toml import build, load
from mock_upstream.process.owned_folder import owned_folder


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of one case. `value` is None when it could not be reproduced; then `shown` is the reason."""

    pitfall: Pitfall
    case: PitfallCase
    value: float | str | None
    shown: str
    expected: str
    holds: bool | None


def shipped_pitfalls(numbers: Sequence[int] = ()) -> list[tuple[Path, Pitfall]]:
    """The shipped pitfalls with their files, in order; some, by number. Raises ConfigError."""
    folder = shipped_folder() / "pitfalls"
    found = [(path, load(Pitfall, path)) for path in sorted(folder.glob("*.toml"))]
    known = {pitfall.number for _, pitfall in found}
    for number in numbers:
        if number not in known:
            raise ConfigError(
                "pitfalls",
                str(number),
                f"is not a pitfall's number; known: {', '.join(map(str, sorted(known)))}",
            )
    return [(path, pitfall) for path, pitfall in found if not numbers or pitfall.number in numbers]


def play_cases(path: Path, pitfall: Pitfall) -> Iterator[CaseResult]:
    """Reproduces the cases of one pitfall, one after the other. Raises ConfigError for an inconsistent file."""
    first: float | None = None
    for case in pitfall.case:
        changed = _changed(path, pitfall, case)
        try:
            with _environment(case):
                value = measure_case(case.measure, play_case(changed, case))
        except SurgelineError as error:
            yield CaseResult(pitfall, case, None, error.key + " " + error.problem, _expected(case), None)
            continue
        if isinstance(value, float) and first is None:
            first = value
        yield CaseResult(
            pitfall, case, value, _shown(case.measure, value), _expected(case), _holds(case, value, first)
        )


def measure_case(measure: Measure, seen: Played) -> float | str:
    """The measured value of one case: a number or a name."""
    return MEASURES[measure](seen)


MEASURES: dict[Measure, Callable[[Played], float | str]] = {
    "attempts_per_call": lambda seen: max(float(len(call.attempts)) for call in seen.calls),
    "call_s": lambda seen: max(call.ended_s - call.started_s for call in seen.calls),
    "connections_opened": lambda seen: float(sum(gauge.opened for gauge in seen.tracer.gauges.values())),
    "connections_per_call": lambda seen: sum(a.new_connection for a in seen.attempts) / len(seen.calls),
    "cpu_s_per_call": lambda seen: seen.cpu_s_per_call,
    "drain_s": lambda seen: max(attempt.drain_s for attempt in seen.attempts),
    "error_ratio": lambda seen: sum(not call.outcome.good for call in seen.calls) / len(seen.calls),
    "first_backoff_s": lambda seen: quantile([call.attempts[0].backoff_s for call in seen.calls], 0.5),
    "first_byte_s": lambda seen: quantile([a.first_byte_s for a in seen.attempts if a.status], 0.5),
    "outcome": lambda seen: seen.calls[-1].outcome.value,
    "p99_s": lambda seen: quantile([call.ended_s - call.started_s for call in seen.ended_in_time], 0.99),
    "pool_wait_s": lambda seen: max([0.0, *(attempt.pool_wait_s for attempt in seen.attempts)]),
    "pools": lambda seen: float(seen.pools),
    "raised": lambda seen: seen.calls[-1].raised or "nothing",
    "starved_s": lambda seen: max([seen.waiting_s, *(attempt.pool_wait_s for attempt in seen.attempts)]),
    "tls_s": lambda seen: quantile([attempt.tls_s or 0.0 for attempt in seen.attempts], 0.5),
    "wall_s": lambda seen: seen.wall_s,
}


def _changed(path: Path, pitfall: Pitfall, case: PitfallCase) -> Pitfall:
    table: Any = pitfall.model_dump(mode="json", exclude_unset=True)
    for key, value in case.change.items():
        table = put(table, key.split("."), value, f"{path}: case {case.name}: {key}")
    return build(Pitfall, table, str(path))


def _holds(case: PitfallCase, value: float | str, first: float | None) -> bool:
    if isinstance(value, str):
        return value == case.equals
    bounds = [
        case.at_least is None or value >= case.at_least,
        case.at_most is None or value <= case.at_most,
        case.times_first_at_least is None or (first or 0.0) * case.times_first_at_least <= value,
    ]
    return all(bounds)


def _unit(measure: Measure) -> str:
    if measure == "error_ratio":
        return "ratio"
    if measure in {"attempts_per_call", "connections_opened", "pools"}:
        return "count"
    return "s" if measure.endswith(("_s", "_s_per_call")) else ""


def _shown(measure: Measure, value: float | str) -> str:
    return value if isinstance(value, str) else format_value(value, _unit(measure))


def _expected(case: PitfallCase) -> str:
    unit = _unit(case.measure)
    if case.equals is not None:
        return case.equals
    if case.times_first_at_least is not None:
        return f"≥ {case.times_first_at_least:g} × the first"
    low, high = case.at_least, case.at_most
    if low is not None and low == high:
        return format_value(low, unit)
    if low is not None and high is not None:
        return f"{format_value(low, unit)} – {format_value(high, unit)}"
    if low is not None:
        return f"≥ {format_value(low, unit)}"
    return f"≤ {format_value(high, unit)}" if high is not None else "the base"


@contextmanager
def _environment(case: PitfallCase) -> Iterator[None]:
    """The case's environment variables and its netrc, while it runs."""
    with owned_folder() as folder:
        wanted = dict(case.environment)
        if case.netrc_entries:
            netrc = Path(folder) / "netrc"
            entry = "machine host{0}.example login user{0} password secret{0}\n"
            netrc.write_text("".join(entry.format(number) for number in range(case.netrc_entries)))
            wanted["NETRC"] = str(netrc)
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
