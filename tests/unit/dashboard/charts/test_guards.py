"""The charts and sentences about a policy's guards."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.charts.guards import guards, guards_sentence
from dashboard.charts.time import Backdrop
from dashboard.data.event_spans import COLUMNS
from dashboard.data.guard_frames import GuardFrames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from harness.model.call import Attempt
from harness.record.reader import open_run
from tests.unit.dashboard import drawn
from tests.unit.dashboard.made_guards import A, B, eventful, guard_row, guarded, guards_of, plain, recorded

SCHEMA_1 = Path(__file__).parents[3] / "fixtures" / "schema_1"


@pytest.fixture
def seen(tmp_path: Path) -> GuardFrames:
    return guards_of(eventful(tmp_path))


def _behind(palette: Palette) -> Backdrop:
    return Backdrop(pd.DataFrame(columns=COLUMNS), 2.0, palette)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_panel_is_valid_in_both_themes(seen: GuardFrames, palette: Palette) -> None:
    panels = guards(seen, _behind(palette))

    assert len(panels) == 5
    assert all(palette.ink in str(styled(panel, palette).to_dict()) for panel in panels)


def test_a_breaker_s_periods_are_drawn_in_its_host_s_lane(seen: GuardFrames) -> None:
    datasets = styled(guards(seen, _behind(LIGHT))[0], LIGHT).to_dict()["datasets"]
    bands = next(rows for rows in datasets.values() if rows and "state" in rows[0])

    assert [row["state"] for row in bands if row["host"] == A] == [
        "closed", "open", "half-open", "closed", "open", "closed",
    ]  # fmt: skip
    assert {row["host"]: row["low"] for row in bands} == {A: 1.0, B: 2.0}


def test_a_rate_of_a_throttle_is_written_without_an_exponent(tmp_path: Path) -> None:
    rows = [guard_row(at_s, rate_per_s=124.2) for at_s in (0.5, 1.0, 1.5)]
    panels = guards(guards_of(recorded(tmp_path, guarded(), rows)), _behind(LIGHT))
    written = [drawn.svg(panel) for panel in panels]
    assert any(">120<" in svg for svg in written)
    assert not any("e+" in svg for svg in written)


def test_panels_share_the_run_s_time_axis(seen: GuardFrames) -> None:
    assert all("'domain': [0.0, 2.0]" in str(panel.to_dict()) for panel in guards(seen, _behind(LIGHT)))


def test_each_guard_has_its_sentence_with_its_samples(seen: GuardFrames) -> None:
    said = guards_sentence(seen)

    assert (
        f"The breaker of {A} was open for 600 ms in 2 periods, and half-open for 200 ms in 1 period" in said
    )
    assert f"The breaker of {B} was never open (n = 8 samples)." in said
    assert "The retry budget was exhausted for 600 ms in 1 period (n = 8 samples)." in said
    assert "The concurrency limit was 8 to 20 attempts; it was used up for 200 ms in 1 period" in said
    assert f"up to 100% of them: for 1.00 s in 1 period towards {A} (n = 8 samples)." in said


def test_a_budget_that_held_is_said_with_the_least_that_was_left(tmp_path: Path) -> None:
    rows = [guard_row(0.2, "", budget_left_ratio=0.75)]
    said = guards_sentence(guards_of(recorded(tmp_path, guarded(), rows)))

    assert said == "The retry budget was never exhausted; at least 75% of it was left (n = 1 sample)."


def test_many_hosts_are_summed_up(tmp_path: Path) -> None:
    rows = [guard_row(0.2, f"http://{i:02}.test", breaker="open" if i < 5 else "closed") for i in range(30)]
    said = guards_sentence(guards_of(recorded(tmp_path, guarded(), rows)))

    assert said.count("was open for") == 3
    assert "Of the breakers of the 27 other hosts, 2 were open at times (n = 27 samples)." in said


def test_several_processes_are_named(tmp_path: Path) -> None:
    rows = [guard_row(0.2, process=process, breaker="closed") for process in (0, 1)]

    assert "(n = 2 samples of 2 processes)" in guards_sentence(guards_of(recorded(tmp_path, guarded(), rows)))


def test_a_policy_without_guards_says_so(tmp_path: Path) -> None:
    assert guards_sentence(guards_of(recorded(tmp_path, plain(), []))) == "This policy has no guards."


def test_a_policy_whose_guards_were_never_sampled_says_so(tmp_path: Path) -> None:
    said = guards_sentence(guards_of(recorded(tmp_path, guarded(), [])))

    assert said == "No sample of this policy's guards was taken."


def test_a_run_of_schema_1_was_not_recorded() -> None:
    record = open_run(next(SCHEMA_1.glob("*-dependency-slowdown-*")))

    assert guards_sentence(guards_of(record)) == "Not recorded: this run was made by an earlier version."


def test_hedges_are_drawn_and_said_with_what_was_not_sent(tmp_path: Path) -> None:
    attempts = (
        Attempt(0, 0.1, A, lost=True, error="abandoned"),
        Attempt(1, 0.15, A, hedge=True, status=200),
        Attempt(0, 1.1, A, status=200, unhedged="budget"),
        Attempt(1, 3.1, A, hedge=True, lost=True),
    )
    rows = [guard_row(0.2, hedges=1, hedge_delay_s=0.05), guard_row(0.4, hedges=2, hedge_delay_s=0.06)]
    seen = guards_of(recorded(tmp_path, guarded(), rows, attempts=attempts))

    assert [panel.title for panel in guards(seen, _behind(LIGHT))] == [
        "Hedges per second: those that won, and those that lost"
    ]
    assert guards_sentence(seen) == (
        "A hedge was due after 50.0 ms to 60.0 ms without a response. 2 hedges were sent, and 1 of them won. "
        "1 attempt had no hedge, because the retry budget was exhausted."
    )
    assert seen.hedges.groupby("series")["value"].sum().to_dict() == {
        "hedges that won": 1,
        "hedges that lost": 1,
    }
