"""The counters of a service between two scrapes."""

from __future__ import annotations

import pytest

from harness.learn.scraped_service import quantiles_of, scraped_service
from harness.model.errors import PrometheusError
from tests.unit.harness.learn.counters import START_S, failing, quiet


def test_counts_are_those_between_scrapes() -> None:
    of = failing(50, 20)
    found = scraped_service(of, "orders", START_S, START_S + 120)

    assert found.scrape_s == 1.0
    assert found.calls.sum() == sum(of.ended_s <= START_S + 120)
    assert found.failed.sum() == of.outcomes.count("http_5xx")
    assert sum(counts.sum() for counts in found.buckets.values()) == found.calls.sum()


def test_a_service_of_another_name_is_refused_with_the_remedy() -> None:
    with pytest.raises(PrometheusError) as refused:
        scraped_service(quiet(), "payments", START_S, START_S + 120)
    assert 'has 0 scrapes of policy="payments", scenario="production"' in str(refused.value)
    assert "name the service with --service" in str(refused.value)


def test_a_name_cannot_leave_its_quotes() -> None:
    of = quiet()
    of.policy = 'a\\"}'
    scraped_service(of, 'a"}', START_S, START_S + 120)
    assert '{policy="a\\"}",scenario="production"}' in of.asked[0]


def test_quantiles_are_interpolated_in_their_bucket() -> None:
    found = quantiles_of({0.1: 50.0, 0.2: 50.0, float("inf"): 0.0}, 4)

    assert found == pytest.approx((0.025, 0.075, 0.125, 0.175))


def test_no_calls_have_no_quantiles() -> None:
    assert quantiles_of({}, 4) == ()
