"""Which knobs a scenario cannot tell apart."""

from __future__ import annotations

import pytest

from harness.tuning.screening import middle, refused_knobs
from tests.unit.harness.tuning.arithmetic import POOL, READ, RETRIES, played


def test_a_knob_without_an_effect_is_refused_and_the_others_are_not():
    refused, trials = refused_knobs((READ, RETRIES, POOL), played)
    assert refused == [POOL]
    assert trials[0].settings == {}


def test_a_knob_that_matters_only_together_with_another_is_kept():
    def together(values):
        return (
            100.0 + 30.0 * (values["adapter.pool_maxsize"] < 30 and values["timeout.read_s"] < 5),
            0.02,
            1.0,
        )

    refused, _ = refused_knobs((READ, RETRIES, POOL), lambda many: played(many, together))
    assert refused == [RETRIES]


def test_a_knob_whose_ends_are_alike_is_kept_for_its_middle():
    def peak(values):
        return 100.0 + 30.0 * (2 <= values["retry.total"] <= 3), 0.02, 1.0

    refused, _ = refused_knobs((RETRIES, POOL), lambda many: played(many, peak))
    assert refused == [POOL]


def test_the_middle_is_that_of_the_knobs_scale():
    assert middle(READ) == pytest.approx(1.0)
    assert middle(RETRIES) in (2, 3)
    assert isinstance(middle(POOL), int)
