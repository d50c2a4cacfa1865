"""Bands of predictions."""

from __future__ import annotations

import numpy as np
import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.errors import ConfigError
from harness.twin.prediction import band, predict
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile
from tests.unit.harness.model.test_calibration import OVERHEAD, calibration


def test_the_band_holds_a_further_value_in_95_of_100_cases(rng):
    held = 0
    for _ in range(1000):
        *seen, coming = rng.normal(10.0, 2.0, 21).tolist()
        m = band("goodput", seen)
        held += m.low <= coming <= m.high
    assert held / 1000 > 0.93


def test_a_value_that_is_not_reached_leaves_the_band_open():
    m = band("latency.p99", [0.1, 0.2, np.inf])
    assert (m.low, m.high, m.value) == (0.1, None, 0.2)


def test_a_share_is_at_most_one_and_a_time_at_least_zero():
    assert band("error_ratio", [0.0, 0.9, 1.0, 0.2]).high == 1.0
    assert band("latency.p50", [0.0, 0.1, 0.0, 0.2]).low == 0.0


def test_a_prediction_has_one_value_of_each_seed():
    written = read_scenario("baseline")
    found = predict(read_policy("careful"), written.scenario, written.upstream, seeds=5)
    assert found.seeds == tuple(range(written.scenario.seed, written.scenario.seed + 5))
    assert found.measurements["latency.p50"].n == len(found.values) == 5
    assert found.measurements["latency.p50"].low <= found.values[0]["latency.p50"]


@pytest.mark.parametrize(
    ("scenario", "policy", "key"),
    [
        ("baseline", "httpx", "transport"),
        ("tls-expiry", "careful", "tls"),
        ("stale-keepalive", "careful", "fault"),
        ("orders-service", "careful", "service.command"),
    ],
)
def test_what_is_not_modelled_is_named(scenario, policy, key):
    written = read_scenario(scenario)
    with pytest.raises(ConfigError, match="does not model") as refused:
        predict(read_policy(policy), written.scenario, written.upstream)
    assert key in str(refused.value)


def test_a_calibration_gives_the_overhead_and_says_where_it_does_not_hold():
    written, policy = read_scenario("baseline"), read_policy("careful")
    known = calibration().model_copy(update={"busiest_per_s": 1.0})
    slower = known.model_copy(update={"overhead": OVERHEAD.model_copy(update={"value": 0.012})})
    usual, slow = (predict(policy, written.scenario, written.upstream, 5, each) for each in (known, slower))
    p50 = [each.measurements["latency.p50"].number for each in (usual, slow)]
    assert p50[1] - p50[0] == pytest.approx(0.01, abs=1e-3)
    assert 200 < usual.busiest_per_s < 300
    assert usual.outside == ("another machine", "busier")


def test_a_calibration_of_a_server_takes_the_place_of_the_upstream():
    written, policy = read_scenario("baseline"), read_policy("careful")
    law = {"distribution": "fixed", "value_s": 0.005}
    server = build(Profile, {"name": "server", "capacity": {"workers": 8}, "service_time": law}, "server")
    known = calibration().model_copy(update={"upstream": server})
    found = predict(policy, written.scenario, written.upstream, 5, known)
    assert found.measurements["latency.p50"].number == pytest.approx(0.007, abs=1e-4)


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("policy.session.scope='call'", "hedge"),
        ("policy.hedge.idempotency_key='Key'", "hedge.idempotency_key"),
    ],
)
def test_hedges_that_are_not_modelled_are_named(setting, key):
    overrides = read_overrides([setting])
    written = read_scenario("baseline", overrides)
    with pytest.raises(ConfigError, match="does not model") as refused:
        predict(read_policy("hedged", overrides), written.scenario, written.upstream)
    assert f"hedged: {key} " in str(refused.value)
