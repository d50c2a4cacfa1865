"""Measurements of a run."""

import numpy as np
import pytest

from harness.analyse.measure.measurements import measurements

NAMES = {
    *("offered_rate", "achieved_rate", "goodput", "error_ratio", "amplification", "calls", "attempts"),
    *(f"latency.{statistic}" for statistic in ("p50", "p95", "p99", "p999", "max")),
    *(f"pool_wait.{statistic}" for statistic in ("p50", "p95", "p99", "max")),
    *("thread_wait.p99", "thread_wait.max", "connect.p99", "backoff.p99", "schedule_lag.p99"),
    *("starved_caller.p50", "starved_caller.max"),
    *(f"connections.{what}" for what in ("opened", "reused", "discarded")),
}


def test_every_promised_name_is_measured_with_n_and_unit(make, rng):
    found = measurements(make(rng.exponential(0.02, 4000)))
    assert set(found) >= NAMES
    assert all(m.n > 0 for m in found.values())


def test_values_lie_inside_their_intervals(make, rng):
    for measurement in measurements(make(rng.exponential(0.02, 4000))).values():
        assert measurement.low is None or measurement.low <= measurement.value
        assert measurement.high is None or measurement.high >= measurement.value


def test_quantiles_are_those_of_the_counted_calls(make):
    """1 ms to 4000 ms: the p99 is 3960 ms."""
    shuffled = np.random.default_rng(1).permutation(np.arange(1, 4001)) / 1000
    found = measurements(make(shuffled))
    assert found["latency.p99"].value == pytest.approx(3.960)
    assert found["latency.max"].value == pytest.approx(4.0)


def test_a_maximum_has_no_upper_bound(make, rng):
    assert measurements(make(rng.exponential(0.02, 4000)))["latency.max"].high is None


def test_a_starved_caller_shows_though_it_makes_few_calls(make):
    """One call of 4,000 waits for 6 s: no percentile sees it, and it is one caller's whole run."""
    waits_s = np.full(4000, 0.001)
    waits_s[2000] = 6.0
    found = measurements(make(np.full(4000, 0.02), columns={"pool_wait_s": waits_s}))
    assert found["pool_wait.p99"].value == pytest.approx(0.001)
    assert found["starved_caller.max"].value == pytest.approx(6.0)
    assert found["starved_caller.p50"].value == pytest.approx(0.001)
    assert found["starved_caller.max"].n == 20


def test_a_percentile_that_only_a_threshold_names_is_measured(make, rng):
    found = measurements(
        make(rng.exponential(0.02, 4000), thresholds=("p90(connect) < 5ms", "max(backoff) < 1s"))
    )
    assert {"connect.p90", "backoff.max"} <= set(found)
    assert not {"connect.max", "backoff.p90", "latency.p90"} & set(found)


def test_the_warm_up_is_not_counted(make):
    latency_s = np.concatenate([np.full(1000, 5.0), np.full(4000, 0.02)])
    found = measurements(make(latency_s, warmup_s=5.0))
    assert found["latency.max"].value == pytest.approx(0.02)
    assert found["calls"].value == 4000


def test_a_client_that_keeps_up_achieves_what_is_offered(make, rng):
    found = measurements(make(rng.exponential(0.02, 6000), warmup_s=5.0))
    assert found["achieved_rate"].value == pytest.approx(found["offered_rate"].value, rel=0.01)
    assert found["offered_rate"].value == pytest.approx(200.0, rel=1e-3)


def test_a_saturated_upstream_shows_its_capacity_though_the_backlog_drains_later(make):
    """480/s on 400/s for 25 s: calls end every 2.5 ms, the last one 5 s after the last arrival."""
    n, rate_per_s = 12_000, 480.0
    ended_s = 0.02 + np.arange(n) / 400
    latency_s = ended_s - np.arange(n) / rate_per_s
    found = measurements(make(latency_s, rate_per_s=rate_per_s, warmup_s=5.0))
    assert found["achieved_rate"].value == pytest.approx(400, rel=0.005)
    assert found["offered_rate"].value == pytest.approx(480, rel=0.005)


def test_goodput_leaves_errors_out(make):
    outcome = np.where(np.arange(4000) % 4 == 0, "http_5xx", "ok")
    found = measurements(make(np.full(4000, 0.02), columns={"outcome": outcome}))
    assert found["goodput"].value == pytest.approx(150, rel=0.01)
    assert found["error_ratio"].value == pytest.approx(0.25)


def test_no_error_still_has_an_upper_bound(make, rng):
    ratio = measurements(make(rng.exponential(0.02, 4000)))["error_ratio"]
    assert ratio.value == 0
    assert ratio.low == 0
    assert 0 < ratio.high < 0.01


def test_amplification_is_attempts_per_call(make):
    attempts = np.where(np.arange(4000) % 10 == 0, 3, 1)
    found = measurements(make(np.full(4000, 0.02), columns={"attempts": attempts}))
    assert found["amplification"].value == pytest.approx(1.2)
    assert found["attempts"].value == 4800


@pytest.mark.parametrize(
    "attempts",
    [[1] * 199 + [4], [1] * 150 + [5] * 50, [1, 4] * 100, [1] * 100 + [4] * 100, [4] * 200, [1, 2]],
    ids=[
        "one retried call",
        "an outage at the end",
        "every second call",
        "half of the run",
        "all",
        "two calls",
    ],
)
def test_attempts_per_call_are_never_below_one(make, attempts):
    n = len(attempts)
    found = measurements(make(np.full(n, 0.02), columns={"attempts": np.array(attempts)}))["amplification"]
    assert found.value == pytest.approx(np.mean(attempts))
    assert found.low is None or 1.0 <= found.low <= found.value


def test_an_amplification_without_retries_is_still_only_bounded(make, rng):
    found = measurements(make(rng.exponential(0.02, 4000)))["amplification"]
    assert (found.value, found.low) == (1.0, 1.0)
    assert 1.0 < found.high < 1.02


def test_backoff_counts_whether_a_slot_was_held_or_not(make):
    columns = {"backoff_s": np.full(4000, 0.1), "backoff_held_s": np.full(4000, 0.2)}
    assert measurements(make(np.full(4000, 0.4), columns=columns))["backoff.p99"].value == pytest.approx(0.3)


def test_connections_are_counted_from_the_attempts_of_counted_calls(make):
    evidence = make(np.full(4000, 0.02), warmup_s=5.0)
    evidence.attempts.loc[[0, 1, 1500], "new_connection"] = True
    evidence.attempts.loc[[2000], "discarded"] = True
    found = measurements(evidence)
    counted = {name: found[f"connections.{name}"].value for name in ("opened", "reused", "discarded")}
    assert counted == {"opened": 1, "reused": 2999, "discarded": 1}


def test_a_run_without_calls_has_counts_of_zero_and_no_latency(make):
    found = measurements(make([], duration_s=10.0))
    assert found["calls"].value == 0
    assert found["goodput"].n == 0
    assert "latency.p99" not in found


@pytest.mark.parametrize("n", [1, 2, 3, 7, 40])
def test_a_handful_of_calls_is_measured_without_nan(make, rng, n):
    for measurement in measurements(make(rng.exponential(0.02, n))).values():
        assert "NaN" not in measurement.model_dump_json()
        assert np.isfinite([measurement.value, measurement.low or 0, measurement.high or 0]).all()


def test_a_threshold_that_compares_with_a_baseline_measures_the_percentile_itself(make, rng):
    found = measurements(make(rng.exponential(0.02, 4000), thresholds=("p90(connect) < 1.2x baseline",)))
    assert "connect.p90" in found
    assert "latency.p90" not in found


def test_a_percentile_of_one_route_is_not_that_of_all(make, rng):
    found = measurements(make(rng.exponential(0.02, 4000), thresholds=('p90(latency{route="/get"}) < 1s',)))
    assert "latency.p90" not in found


def test_half_of_the_callers_wait_no_longer_than_their_median(make):
    callers = np.arange(400) % 4
    found = measurements(make(np.full(400, 0.02), columns={"pool_wait_s": callers / 10, "caller": callers}))
    assert found["starved_caller.p50"].value == pytest.approx(0.1)
