"""A run over time."""

from time import process_time

import numpy as np
import pandas as pd
import pytest

from harness.analyse.measure.timeline import anatomy, distribution, parts, per_second, reported_s


def test_a_bin_counts_what_was_offered_and_what_ended_in_it(make):
    """100/s for 4 s, each call 0.5 s: the first second sees 100 offered and 50 ended."""
    frame = per_second(make(np.full(400, 0.5), rate_per_s=100.0).calls)
    assert list(frame["offered"]) == [100, 100, 100, 100, 0]
    assert list(frame["ended"]) == [50, 100, 100, 100, 50]


def test_rates_are_per_second_for_any_bin(make):
    frame = per_second(make(np.full(400, 0.0), rate_per_s=100.0).calls, bin_s=2.0)
    assert list(frame["at_s"]) == [0.0, 2.0]
    for rate in ("offered", "ended", "goodput", "attempts"):
        assert list(frame[rate]) == [100, 100]


def test_percentiles_are_those_of_the_calls_that_ended_in_the_bin(make):
    calls = make(np.arange(1, 101) / 1e6, rate_per_s=200.0).calls
    frame = per_second(calls)
    assert frame.loc[0, ["p50_s", "p95_s", "p99_s"]].to_list() == pytest.approx([50e-6, 95e-6, 99e-6])


def test_errors_and_attempts_are_shares_of_the_calls_that_ended(make):
    columns = {"outcome": ["ok", "http_5xx"] * 100, "attempts": [1, 4] * 100}
    frame = per_second(make(np.zeros(200), rate_per_s=200.0, columns=columns).calls)
    assert frame.loc[0, ["n", "error_ratio", "amplification", "goodput", "errors"]].to_list() == [
        200,
        0.5,
        2.5,
        100,
        100,
    ]


def test_a_second_in_which_nothing_ended_has_no_latency_and_no_error_ratio(make):
    frame = per_second(make([0.1, 2.5], rate_per_s=10.0).calls)
    assert frame.loc[1, ["p99_s", "error_ratio", "pool_wait_s"]].isna().all()
    assert frame.loc[1, "ended"] == 0


def test_a_live_outage_is_offered_what_has_arrived_although_no_call_ends(make):
    """100/s arrive in two processes; every call that has ended did so in the first two seconds."""
    calls = make(np.full(200, 0.0), rate_per_s=100.0).calls
    at_s = np.arange(1.0, 7.0)
    driver = pd.DataFrame(
        {
            "at_s": np.repeat(at_s, 2),
            "arrived": np.repeat(50 * at_s, 2).astype(int),
            "process": np.tile([0, 1], 6),
        }
    )
    frame = per_second(calls, 1.0, driver)
    assert list(frame["offered"]) == pytest.approx([100] * 6)
    assert list(frame["goodput"]) == [100, 100, 0, 0, 0, 0]


def test_what_one_process_has_not_reported_yet_is_not_counted(make):
    driver = pd.DataFrame({"at_s": [1.0, 2.0, 1.0], "arrived": [10, 20, 10], "process": [0, 0, 1]})
    assert list(per_second(make([]).calls, 1.0, driver)["offered"]) == [20.0]


def test_an_empty_run_has_the_columns_and_no_rows(make):
    calls = make([], duration_s=5.0).calls
    assert per_second(calls).empty
    assert {"p99_s", "offered", "n"} <= set(per_second(calls).columns)
    assert list(anatomy(calls).columns) == ["at_s", "part", "mean_s"]
    assert anatomy(calls).empty


def test_the_parts_of_a_call_add_up_to_its_latency(make, rng):
    names = ("pool_wait_s", "connect_s", "body_s", "drain_s", "backoff_s", "backoff_held_s", "thread_wait_s")
    columns = {name: rng.exponential(0.01, 500) for name in names}
    columns["first_byte_s"] = columns["connect_s"] + rng.exponential(0.02, 500)
    calls = make(rng.exponential(0.1, 500), columns=columns).calls
    assert sum(parts(calls).values()) == pytest.approx(calls["latency_s"].to_numpy())


def test_the_parts_of_a_bin_add_up_to_its_mean_latency(make, rng):
    calls = make(rng.exponential(0.1, 1000), columns={"pool_wait_s": rng.exponential(0.02, 1000)}).calls
    stacked = anatomy(calls).groupby("at_s")["mean_s"].sum()
    means = calls.groupby(calls["ended_s"] // 1.0)["latency_s"].mean()
    assert stacked.to_numpy() == pytest.approx(means.to_numpy())


def test_a_record_without_a_throttle_column_has_zeros(make):
    known = make(
        np.full(10, 0.5), columns={"throttle_s": np.full(10, 0.3), "first_byte_s": np.full(10, 0.2)}
    ).calls
    assert parts(known)["throttle"] == pytest.approx(0.3)
    assert parts(known.drop(columns="throttle_s"))["throttle"] == pytest.approx(0.0)


def test_unexplained_time_is_other(make):
    calls = make(np.full(100, 0.5), columns={"first_byte_s": np.full(100, 0.2)}).calls
    assert parts(calls)["other"] == pytest.approx(0.3)


def test_a_distribution_leaves_out_quantiles_that_its_values_cannot_tell():
    frame = distribution(np.arange(1, 201) / 1000, np.array([0.5, 0.99, 0.999]))
    assert frame["quantile"].to_list() == [0.5, 0.99]
    assert frame["value_s"].to_list() == pytest.approx([0.100, 0.198])


def test_a_distribution_of_nothing_is_empty():
    assert distribution(np.array([])).empty


def test_a_million_calls_are_drawn_within_a_second_of_work(rng):
    began_s = process_time()
    distribution(rng.exponential(0.02, 1_000_000))
    assert process_time() - began_s < 1.0


FAILED = {"outcome": ["ok", "http_5xx"] * 100}


def test_a_percentile_that_failed_calls_reach_is_infinite(make):
    frame = per_second(make(np.full(200, 0.01), rate_per_s=400.0, columns=FAILED).calls)
    assert frame.loc[0, ["p50_s", "p95_s", "p99_s"]].to_list() == [0.01, np.inf, np.inf]


def test_apart_percentiles_are_those_of_successful_calls(make):
    latency_s = np.tile([0.01, 3.0], 100)
    frame = per_second(make(latency_s, rate_per_s=400.0, columns=FAILED).calls, failed_calls="apart")
    assert frame.loc[0, "p99_s"] == pytest.approx(0.01)
    assert frame.loc[3, "ended"] > 0
    assert np.isnan(frame.loc[3, "p99_s"])


def test_the_shape_of_a_latency_ends_where_failed_calls_begin():
    found = distribution(np.concatenate([np.full(900, 0.01), np.full(100, np.inf)]))
    assert found["quantile"].max() == pytest.approx(0.9)
    assert np.isfinite(found["value_s"]).all()


def test_a_process_that_has_ended_is_not_waited_for():
    driver = pd.DataFrame({"process": [0, 1, 0, 1, 0], "at_s": [1.0, 1.1, 2.0, 2.1, 8.0]})
    assert reported_s(driver.head(4)) == 2.0
    assert reported_s(driver) == 8.0
    assert reported_s(driver.head(0)) == 0.0


@pytest.mark.parametrize(("last_s", "reported"), [(5.9, 1.0), (6.0, 6.0)])
def test_a_process_has_ended_that_was_silent_for_five_seconds(last_s, reported):
    assert reported_s(pd.DataFrame({"process": [0, 1], "at_s": [1.0, last_s]})) == reported


def test_what_has_arrived_is_counted_in_bins_of_any_length(make):
    """10/s arrive; in 4 s there are two bins of 2 s, and eight of half a second."""
    driver = pd.DataFrame({"at_s": [1.0, 2.0, 3.0, 4.0], "arrived": [10, 20, 30, 40], "process": 0})
    for bin_s, bins in ((2.0, 2), (0.5, 8)):
        offered = per_second(make([]).calls, bin_s, driver)["offered"]
        assert list(offered) == pytest.approx([10.0] * bins)


def test_what_a_service_has_not_reported_is_in_no_mean(make):
    columns = {"reported": [True, False] * 100, "attempts": [2, 0] * 100, "thread_wait_s": [0.1, 0.0] * 100}
    columns["outbound"] = columns["reported"]
    frame = per_second(make(np.zeros(200), rate_per_s=200.0, columns=columns).calls)
    assert frame.loc[0, ["amplification", "thread_wait_s", "ended"]].to_list() == pytest.approx(
        [2.0, 0.1, 200]
    )
