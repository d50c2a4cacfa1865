"""Whole searches on simulated systems that are not what the posterior assumes, and whose truth is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.range_cost import Outcome, search
from benchmarks.range_systems import BROKEN_FAMILY, System
from harness.analyse.range.monotone import GAP
from harness.analyse.range.step_controller import next_step

SEED = 5


def searched(system: System, seed: int = SEED) -> Outcome:
    return search([system], next_step, np.random.default_rng(seed))[0]


def test_eight_workers_of_20_ms_are_claimed_below_374_per_second():
    claim = searched(System("M/D/c", 8, 0.02, 0.1)).limit
    assert claim is not None
    assert 0.8 * 374 < claim.value <= 374 <= claim.high


def test_a_system_that_is_broken_between_two_rates_is_non_monotone_or_claimed_beside_them():
    """The system breaks between 172 and 228 calls a second, and again from about 450."""
    system = System(BROKEN_FAMILY, 4, 4 / 500, 0.04, broken=0.1)
    found = [searched(system, seed) for seed in range(3)]
    assert "non-monotone" in {each.kind for each in found}
    claims = [each for each in found if each.limit is not None]
    assert all(each.limit.value < 172 or each.lowest > 228 for each in claims)


def test_a_brownout_with_hysteresis_is_claimed_up_to_what_it_serves_when_slow():
    """400 calls a second, but 250 once a call has waited 60 ms, until the queue is empty."""
    system = System("hysteresis", 8, 0.02, 0.2, slower=1.6, enters_s=0.06)
    claim = searched(system).limit
    assert claim is not None
    assert claim.value <= 250 * 1.1


@pytest.mark.parametrize("family", ["M/M/c", "pauses"])
def test_a_claim_was_confirmed_for_the_horizon_at_its_own_rate(family):
    """Pauses of 120 ms every 15 s would not be seen by trials of some seconds."""
    pauses = {"lasts_s": 0.12, "every_s": 15.0} if family == "pauses" else {}
    found = searched(System(family, 4, 0.02, 0.15, **pauses))
    assert found.limit is not None
    rate = found.limit.value
    confirming = [t for t in found.trials if t.purpose == "confirm" and t.rate_per_s == rate]
    assert sum(t.counted_s for t in confirming) >= found.limit.horizon_s == 60.0
    assert not any(t.broke for t in confirming)


def test_the_rates_of_a_band_were_tried_at_most_a_third_apart():
    found = searched(System("M/D/c", 8, 0.02, 0.1))
    rates = sorted({t.rate_per_s for t in found.trials if found.lowest <= t.rate_per_s <= found.limit.value})
    assert max(high / low for low, high in pairwise(rates)) <= GAP * 1.001
