"""The plots of what was learned, as files."""

from __future__ import annotations

from dashboard.report.learned_plots import learned_plots
from tests.unit.harness.learn.made_learned import learned


def test_arrivals_and_times_are_drawn() -> None:
    plots = learned_plots(learned())

    assert [name for name, _ in plots.values()] == ["arrivals.svg", "times.svg"]
    assert "Calls per second" in plots["Arrivals"][1]


def test_a_percentile_without_a_value_is_not_drawn() -> None:
    drawn = learned_plots(learned())["Service and response times"][1]

    assert "response p50" in drawn
    assert "response p99" not in drawn
