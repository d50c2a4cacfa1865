"""Known incidents are found with their times and become the faults that they were."""

from __future__ import annotations

import pytest

from harness.learn.incident import incident_of
from harness.learn.scraped_service import scraped_service
from harness.model.errors import PrometheusError
from harness.model.incident import Incident
from tests.unit.harness.learn.counters import START_S, Counters, failing, paused, quiet, slow
from tests.unit.harness.learn.scrapes import scrapes_between


def incident(counters: Counters) -> Incident:
    return incident_of(scraped_service(counters, "orders", START_S, START_S + 120), "orders")


def test_a_slow_upstream_is_more_latency_for_that_time() -> None:
    [episode] = incident(slow(40, 30)).episodes

    assert episode.kind == "latency"
    assert (episode.begin_s - START_S, episode.end_s - START_S) == pytest.approx((40, 70), abs=2.0)
    assert (episode.add_s, episode.ratio) == pytest.approx((0.3, 1.0), abs=0.03)


def test_latency_that_delays_calls_beyond_a_scrape_is_no_pause() -> None:
    [episode] = incident(slow(40, 30, add_s=1.5)).episodes

    assert episode.kind == "latency"
    assert episode.add_s == pytest.approx(1.5, rel=0.15)


def test_a_slow_replica_is_more_latency_for_its_share() -> None:
    [episode] = incident(slow(40, 30, share=0.33)).episodes

    assert episode.kind == "latency"
    assert (episode.add_s, episode.ratio) == pytest.approx((0.3, 0.33), rel=0.15)


def test_an_error_burst_is_its_status_for_its_share() -> None:
    [episode] = incident(failing(50, 20)).episodes

    assert (episode.kind, episode.status) == ("status", 503)
    assert (episode.begin_s - START_S, episode.end_s - START_S) == pytest.approx((50, 70), abs=2.0)
    assert episode.ratio == pytest.approx(0.4, abs=0.05)


def test_a_pause_is_found_where_no_calls_end() -> None:
    [episode] = incident(paused(60, 8)).episodes

    assert episode.kind == "pause"
    assert (episode.begin_s - START_S, episode.end_s - START_S) == pytest.approx((60, 68), abs=2.0)


@pytest.mark.parametrize(("late_s", "missed"), [(0.003, 0.0), (0.3, 0.0), (0.003, 0.05)])
@pytest.mark.parametrize(
    ("made", "kind"),
    [(slow(50, 20, 0.5), "latency"), (failing(50, 20), "status"), (paused(50, 20), "pause")],
    ids=["slow", "failing", "paused"],
)
def test_scrapes_that_are_late_or_missing_make_no_other_incident(
    made: Counters, kind: str, late_s: float, missed: float
) -> None:
    for seed in range(8):
        made.scrapes = scrapes_between(START_S - 300, START_S + 300, 2.0, seed, late_s, missed)
        [episode] = incident(made).episodes

        assert episode.kind == kind, seed
        assert episode.begin_s - START_S == pytest.approx(50, abs=5 + 2)
        assert episode.end_s - START_S == pytest.approx(70, abs=5 + 2)


@pytest.mark.parametrize("seed", range(5))
def test_a_quiet_time_has_no_incident(seed: int) -> None:
    with pytest.raises(PrometheusError, match="shows no rise of latency by half, nor of errors by 2%"):
        incident(quiet(seed))


def test_the_rate_and_latencies_are_those_before_it() -> None:
    found = incident(slow(40, 30))

    assert found.rate_per_s == pytest.approx(50, rel=0.1)
    assert found.service_s[100] == pytest.approx(0.05, abs=0.01)


def test_changes_have_their_level_before_and_after() -> None:
    rise = next(each for each in incident(slow(40, 30)).changes if each.signal == "latency")

    assert rise.at_s - START_S == pytest.approx(40, abs=2.0)
    assert (rise.before, rise.after) == pytest.approx((0.052, 0.352), rel=0.2)


def test_thresholds_that_the_service_exports_are_judged_in_the_incident() -> None:
    [threshold] = incident(slow(40, 30)).thresholds

    assert threshold.text == "p99(latency) < 250ms"
    assert threshold.broken
    assert threshold.bad_ratio > 0.9


def test_alerts_that_fired_are_named() -> None:
    counters = slow(40, 30)
    counters.alerts = ("LatencyBudgetBurns",)

    assert incident(counters).alerts == ("LatencyBudgetBurns",)
