"""What cannot be read from a Prometheus is refused with a remedy."""

from __future__ import annotations

import pytest

from harness.learn.counter_steps import Selector
from harness.learn.scraped_traffic import scraped_traffic
from harness.model.errors import PrometheusError
from tests.unit.harness.learn.scraped import SECONDS, START_S, Scraped


def test_fewer_than_20_scrapes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Scraped({(): 1.0})
    monkeypatch.setattr(source, "at", lambda *_: [])
    with pytest.raises(
        PrometheusError, match=r"has 0 scrapes of the histogram a_seconds .* name it with --metric"
    ):
        scraped_traffic(source, Selector("a_seconds"), START_S, START_S + SECONDS)


def test_a_time_without_calls_is_refused() -> None:
    with pytest.raises(PrometheusError, match="has no calls of a_seconds in this time; give another --range"):
        scraped_traffic(Scraped({}), Selector("a_seconds"), START_S, START_S + SECONDS)
