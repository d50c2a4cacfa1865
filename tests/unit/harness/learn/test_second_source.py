"""Hidden traffic by a counter of a Prometheus that counts every request of the server."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.analyse.learning.hidden_traffic import is_hidden
from harness.analyse.stats.effective_size import Floats
from harness.learn.counter_steps import Selector
from harness.learn.exchange_store import exchange_store
from harness.learn.second_source import SecondCounter
from harness.learn.sources import read_files
from harness.model.errors import PrometheusError
from harness.model.verdict import Measurement
from harness.observe.prometheus_api import TimeSeries
from tests.unit.harness.learn.logs import EPOCH_S, journal_lines, requests, write
from tests.unit.harness.learn.scrapes import scrapes_between

OF = requests(4000)


class _Counter:
    """Counts requests as they end."""

    def __init__(self, scrape_s: float = 2.0) -> None:
        self._scrapes = scrapes_between(EPOCH_S - 60, EPOCH_S + 120, scrape_s, 3)

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        return [] if "_count" in expression else self._scrapes.within(expression, at_s or 0.0)

    def over(self, expression: str, start_s: float, end_s: float, step_s: float = 1.0) -> list[TimeSeries]:
        return [self._scrapes.held({}, _ended_before, start_s, end_s, step_s)]


def _ended_before(at_s: Floats) -> Floats:
    return np.searchsorted(np.sort(OF.ended_s), at_s).astype(np.float64)


def _found(tmp_path: Path, share: float, counter: _Counter) -> Measurement:
    """With a journal that has this share of the requests."""
    kept = np.random.default_rng(1).random(len(OF.arrived_s)) < share
    lines = [line for line, keep in zip(journal_lines(OF), kept, strict=True) if keep]
    with exchange_store() as store:
        read_files(store, [write(tmp_path / "journal", lines)])
        return SecondCounter(counter, Selector("requests_total")).hidden_from(store)


def test_a_quarter_that_the_journal_lacks_is_claimed(tmp_path: Path) -> None:
    found = _found(tmp_path, 0.75, _Counter())

    assert found.number == pytest.approx(0.25, abs=0.03)
    assert is_hidden(found)


def test_a_counter_that_agrees_claims_nothing(tmp_path: Path) -> None:
    found = _found(tmp_path, 1.0, _Counter())

    assert found.number == pytest.approx(0.0, abs=0.02)
    assert not is_hidden(found)


def test_too_few_scrapes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        PrometheusError, match="has fewer than 10 scrapes of requests_total in the time of the files"
    ):
        _found(tmp_path, 1.0, _Counter(scrape_s=10.0))
