"""What a rehearsal says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from harness.assess.rehearsals import rehearsal_of, trigger_of
from harness.incidents.runbook import runbook
from harness.model.arrivals import Constant
from harness.model.errors import ConfigError
from harness.model.rehearsal import NOTHING, THEN, Rehearsal, Repetition, ranked
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement
from harness.record.reader import open_run
from mock_upstream.config.toml import build
from tests.unit.dashboard import made_runs


def _measured(value: float, high: float | None, unit: str = "s") -> Measurement:
    return Measurement(name="x", value=value, unit=unit, n=10, low=value, high=high)  # type: ignore[arg-type]


def _repetition(lever: str, recovery_s: float, *, back: bool, lost: int = 5) -> Repetition:
    return Repetition(
        lever=lever,
        run="r",
        pulled_s=None,
        released_s=None,
        recovery=_measured(recovery_s, recovery_s + 2 if back else None),
        lost=_measured(lost, lost, "count"),
        peak_amplification=_measured(4.0, None, "attempts/call"),
    )


def _rehearsal(*repetitions: Repetition) -> Rehearsal:
    return Rehearsal(
        scenario="s", policy="p", trigger_s=(6, 10), offered_per_s=250, repetitions=ranked(list(repetitions))
    )


def test_what_brings_it_back_soonest_and_cheapest_comes_first() -> None:
    found = ranked(
        [
            _repetition("none", 30, back=False),
            _repetition("slow", 9, back=True),
            _repetition("dear", 4, back=True, lost=50),
            _repetition("cheap", 4, back=True, lost=5),
        ]
    )
    assert [r.lever for r in found] == ["cheap", "dear", "slow", "none"]


def test_the_runbook_answers_first_and_lists_only_what_worked() -> None:
    text = runbook(
        _rehearsal(
            _repetition("none", 30, back=False),
            _repetition("throttle rate_per_s=100", 4, back=True),
            _repetition("budget ratio=0.1", 30, back=False),
        )
    )
    assert text.index("**No.**") < text.index("1. `surgeline lever RUN throttle --rate_per_s 100`")
    assert "2. `" not in text
    assert "| budget ratio=0.1 | not within 30.0 s |" in text


def test_the_runbook_spells_levers_as_the_command_line_reads_them() -> None:
    pulls = THEN.join(["retries total=False", "throttle rate_per_s=100"])
    text = runbook(_rehearsal(_repetition(pulls, 4, back=True)))
    assert "`surgeline lever RUN retries --total false`, then `surgeline lever RUN throttle" in text


def test_recorded_runs_are_a_rehearsal_whoever_pulled_their_levers(tmp_path: Path) -> None:
    alone = open_run(made_runs.complete(tmp_path, made_runs.TEXTBOOK))
    throttled = made_runs.underway(
        tmp_path, made_runs.TEXTBOOK, started_at=made_runs.STARTED + timedelta(hours=1)
    )
    throttled.note((19.0, "lever", "throttle rate_per_s=60.0", "pulled", "{}"))
    throttled.note((22.0, "lever", "breaker state=open", "failed", "{}"))
    throttled.note((25.0, "lever", "throttle rate_per_s=False", "pulled", "{}"))
    throttled.write(int(throttled.world.until_s) + 1)
    found = rehearsal_of([alone, open_run(throttled.finish())])
    assert {r.lever for r in found.repetitions} == {NOTHING, "throttle rate_per_s=60.0"}
    pulled = next(r for r in found.repetitions if r.lever != NOTHING)
    assert (pulled.pulled_s, pulled.released_s) == (19.0, 25.0)


def test_a_runbook_without_a_helpful_lever_names_a_restart() -> None:
    text = runbook(
        _rehearsal(_repetition("none", 30, back=False), _repetition("pool maxsize=5", 30, back=False))
    )
    assert "The client recovered with none of the tested levers" in text


@pytest.mark.parametrize("timeline", [[], [{"at_s": 1, "fault": {"kind": "pause"}}]])
def test_a_scenario_without_an_end_of_its_trouble_cannot_be_rehearsed(
    timeline: list[dict[str, object]],
) -> None:
    table = {"name": "s", "upstream": "u", "journey": "a:b", "arrivals": [{"rate_per_s": 1, "duration_s": 1}]}
    scenario = build(Scenario, {**table, "timeline": timeline}, "s.toml")
    assert isinstance(scenario.arrivals[0], Constant)
    with pytest.raises(ConfigError, match="has no fault with an end"):
        trigger_of(scenario)
