"""What a call takes beyond what was intended."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from harness.analyse.learning.client_overhead import WAITS, busiest_per_s, client_overhead, client_overheads_s

WAITED = dict.fromkeys(WAITS, 0.0) | {"dispatched_s": 4.9, "throttle_s": 0.2, "pool_wait_s": 0.3}


def calls(**changed: object) -> pd.DataFrame:
    row: dict[str, object] = {"arrival": 3, "step": 1, "attempts": 1, "outcome": "ok", "started_s": 5.0}
    return pd.DataFrame([row | WAITED | {"latency_s": 1.002} | changed])


def served(**changed: object) -> pd.DataFrame:
    row: dict[str, object] = {"key": "3.1", "attempt": 0, "client_gone": False, "intended_delay_s": 0.4}
    return pd.DataFrame([row | changed])


def test_the_overhead_is_what_neither_the_clients_waits_nor_the_upstream_explain():
    assert client_overheads_s(calls(), served()) == pytest.approx([0.002])


def test_clocks_that_differ_give_no_negative_overhead():
    assert client_overheads_s(calls(), served(intended_delay_s=0.5)).tolist() == [0.0]


@pytest.mark.parametrize(
    ("of_call", "of_upstream"),
    [
        ({"attempts": 2}, {}),
        ({"outcome": "http_5xx"}, {}),
        ({"step": 0}, {}),
        ({}, {"attempt": 1}),
        ({}, {"client_gone": True}),
        ({}, {"key": "3.0"}),
    ],
)
def test_only_calls_of_one_attempt_that_the_upstream_saw_succeed_count(of_call, of_upstream):
    assert len(client_overheads_s(calls(**of_call), served(**of_upstream))) == 0


def test_the_overhead_is_a_median_with_an_interval(rng):
    found = client_overhead(rng.normal(0.002, 0.0002, 500))
    assert (found.name, found.unit, found.n) == ("overhead", "s", 500)
    assert found.low < 0.002 < found.high


def test_the_busiest_second_is_a_whole_one():
    assert busiest_per_s(np.array([0.1, 1.9, 2.0, 2.5, 2.99, 3.0])) == 3.0
    assert busiest_per_s(np.array([])) == 0.0
    assert busiest_per_s(np.array([-0.1, -0.2, 0.5])) == 1.0
