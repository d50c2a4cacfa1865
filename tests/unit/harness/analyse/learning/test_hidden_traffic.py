"""Hidden traffic is claimed only where a second source shows it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.learning.hidden_traffic import hidden_share, hidden_traffic, is_hidden
from harness.analyse.stats.effective_size import Floats


def all_requests(seed: int) -> Floats:
    return np.cumsum(np.random.default_rng(seed).exponential(0.01, 5000))


def thinned(at_s: Floats, hidden: float, seed: int) -> Floats:
    return at_s[np.random.default_rng(seed + 1000).random(len(at_s)) >= hidden]


@pytest.mark.parametrize("hidden", [0.25, 0.5])
def test_a_quarter_and_more_is_found(hidden: float) -> None:
    found = [
        hidden_traffic(thinned(all_requests(seed), hidden, seed), all_requests(seed)) for seed in range(20)
    ]

    assert all(map(is_hidden, found))
    assert np.mean([each.number for each in found if each is not None]) == pytest.approx(hidden, abs=0.01)


def test_two_sources_of_the_same_requests_raise_no_alarm() -> None:
    alarms = 0
    for seed in range(100):
        rng, at_s = np.random.default_rng(seed), all_requests(seed)
        of_server = np.sort(at_s + 0.3 * rng.normal() + rng.exponential(0.005, len(at_s)))
        alarms += is_hidden(hidden_traffic(at_s, of_server))
    assert alarms <= 5


def test_its_interval_holds_the_true_share() -> None:
    held = 0
    for seed in range(40):
        found = hidden_traffic(thinned(all_requests(seed), 0.25, seed), all_requests(seed))
        held += found is not None and (found.low or 0) <= 0.25 <= (found.high or 1)
    assert held >= 34


def test_traffic_whose_rate_rises_and_falls_is_found() -> None:
    """The interval is that of this time's share: what changes during the time makes it no wider."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        seen, hidden = (np.sort(rng.uniform(0, 60, n)) for n in (2250, 750))
        hidden = 60 * np.sqrt(hidden / 60)  # none at the beginning, twice as much as on average at the end
        found.append(hidden_traffic(seen, np.sort(np.concatenate([seen, hidden]))))

    assert all(map(is_hidden, found))


def test_two_bins_have_no_interval() -> None:
    found = hidden_share(np.array([10.0, 10.0]), np.array([20.0, 20.0]))
    assert found is not None
    assert (found.low, found.high) == (None, None)


def test_sources_of_different_times_cannot_be_compared() -> None:
    assert hidden_traffic(all_requests(1), all_requests(2) + 1000) is None


def test_nothing_is_claimed_without_a_second_source() -> None:
    assert not is_hidden(None)


@pytest.mark.parametrize(("seconds", "compared"), [(11.9, False), (12.0, True)])
def test_ten_seconds_in_common_beside_the_edges_are_enough(seconds: float, compared: bool) -> None:
    at_s = np.linspace(0.0, seconds, 1000)
    assert (hidden_traffic(at_s, at_s) is not None) is compared
