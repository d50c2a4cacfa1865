"""Policies on the same schedules and fault decisions."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.compare.paired_differences import (
    EACH_CONFIDENCE,
    Drawn,
    blocks_of,
    compare,
    of_pair,
    resolution,
)
from harness.analyse.stats.block_bootstrap import Partition, distribution_by_stretch, partition
from harness.model.run_effect import RunEffect

RATE_PER_S, DURATION_S = 200.0, 20.0
CALLS = int(RATE_PER_S * DURATION_S)


def weather(seed):
    """Latencies in seconds that come in waves of 2 s, as behind a busy queue."""
    rng = np.random.default_rng(seed)
    waves = np.repeat(rng.normal(size=CALLS // 400), 400)
    return 0.02 * np.exp(0.4 * waves + 0.4 * rng.normal(size=CALLS))


@pytest.fixture
def run(make):
    """A run of a policy under a seed's weather, with a little noise of its own, `factor` times as slow."""

    def build(policy, seed=1, factor=1.0, **columns):
        own = np.random.default_rng([seed, *policy.encode()]).exponential(0.0005, CALLS)
        evidence = make(factor * (weather(seed) + own), rate_per_s=RATE_PER_S, warmup_s=2.0, columns=columns)
        return replace(evidence, policy=policy, seed=seed)

    return build


def delta(comparison, measurement):
    return next(d for d in comparison.deltas if d.measurement == measurement)


def test_two_identical_policies_differ_in_nothing_19_times_in_20(run):
    quiet = 0
    for seed in range(20):
        verdicts = {d.verdict for d in compare([run("a", seed), run("b", seed)]).deltas}
        quiet += verdicts == {"no difference shown"}
    assert quiet >= 19


def test_waves_longer_than_a_stretch_are_no_difference_17_times_in_20(run):
    """Two runs whose slow waves have nothing in common: stretches resemble their neighbours, and that counts."""
    quiet = 0
    for seed in range(20):
        pair = [run("a", seed), replace(run("b", 100 + seed), seed=seed)]
        quiet += {d.verdict for d in compare(pair).deltas} == {"no difference shown"}
    assert quiet >= 17


def test_a_tenth_more_p99_is_found(run):
    found = delta(compare([run("a"), run("b", factor=1.1)]), "latency.p99")
    assert found.verdict == "higher"
    assert found.low < 0.1 * found.a < found.high


def test_a_difference_is_b_minus_a(run):
    found = delta(compare([run("slow", factor=2.0), run("fast")]), "latency.p95")
    assert found.verdict == "lower"
    assert found.difference == pytest.approx(found.b - found.a)
    assert (found.policy_a, found.policy_b) == ("slow", "fast")


def test_pairing_finds_what_the_weather_would_hide(run):
    """The same 10% between runs of different weather is not shown."""
    apart = replace(run("b", seed=2, factor=1.1), seed=1)
    assert delta(compare([run("a"), apart]), "latency.p99").verdict == "no difference shown"


def test_a_difference_below_the_machines_resolution_is_not_shown(run):
    found = delta(compare([run("a"), run("b", factor=1.01)]), "latency.p50")
    assert found.verdict == "no difference shown"


def _hedged(evidence):
    """The same run, in which every tenth attempt was a hedge."""
    hedge = np.arange(len(evidence.attempts)) % 10 == 0
    return replace(evidence, attempts=evidence.attempts.assign(hedge=hedge))


def test_hedges_are_compared_where_one_of_the_policies_hedges(run):
    found = delta(compare([run("a"), _hedged(run("b")), run("c")]), "hedges_per_call")
    assert (found.a, found.b, found.verdict) == (0.0, pytest.approx(0.1), "higher")


def test_hedges_are_no_measurement_of_policies_that_do_not_hedge(run):
    assert "hedges_per_call" not in {d.measurement for d in compare([run("a"), run("b")]).deltas}


def test_retries_show_as_amplification(run):
    retrying = run("b", attempts=np.where(np.arange(CALLS) % 5 == 0, 3, 1))
    found = delta(compare([run("a"), retrying]), "amplification")
    assert found.verdict == "higher"
    assert found.difference == pytest.approx(0.4)


def test_errors_show_as_error_ratio_and_as_goodput(run):
    failing = run("b", outcome=np.where(np.arange(CALLS) % 10 == 0, "http_5xx", "ok"))
    comparison = compare([run("a"), failing])
    assert delta(comparison, "error_ratio").difference == pytest.approx(0.1)
    assert delta(comparison, "goodput").verdict == "lower"


def test_new_connections_are_compared_per_call(run):
    opening = run("b")
    opening.attempts["new_connection"] = True
    found = delta(compare([run("a"), opening]), "connections.opened_per_call")
    assert (found.a, found.b, found.verdict) == (0.0, pytest.approx(1.0), "higher")


def test_policies_and_seeds_keep_the_order_of_their_runs(run):
    comparison = compare([run("b", 7), run("a", 7), run("a", 3), run("b", 3)])
    assert comparison.policies == ("b", "a")
    assert comparison.seeds == (7, 3)


def test_six_seeds_halve_the_interval_of_two(run):
    def found(seeds):
        runs = [run(policy, seed, factor) for seed in seeds for policy, factor in (("a", 1.0), ("b", 1.1))]
        return delta(compare(runs), "latency.p99")

    together, two = found(range(6)), [found([seed, seed + 1]) for seed in (0, 2, 4)]
    assert together.high - together.low < 0.5 * np.mean([d.high - d.low for d in two])
    assert (together.runs, together.pairs) == (6, 3 * two[0].pairs)


def test_identical_policies_on_an_uneven_machine_differ_in_nothing(make):
    """Three seeds, six times; every run as a whole is faster or slower by some 5%."""
    rng = np.random.default_rng(5)
    for _ in range(6):
        runs = []
        for seed in range(3):
            latency_s = 0.02 * rng.lognormal(0.0, 0.4, 600)
            for policy in ("a", "b"):
                seen = make(latency_s * rng.lognormal(0.0, 0.05), rate_per_s=50.0)
                runs.append(replace(seen, policy=policy, seed=seed))
        assert {d.verdict for d in compare(runs).deltas} == {"no difference shown"}


def test_one_pair_shows_no_difference_that_identical_runs_have(run):
    """4% is less than the assumed effect, and more than a quiet machine's."""
    pair = [run("a"), replace(run("a", factor=1.04), policy="b")]
    assert delta(compare(pair), "latency.p95").verdict == "no difference shown"
    quiet = RunEffect(spread=0.002, usual=0.005, runs=6)
    assert delta(compare(pair, quiet), "latency.p95").verdict == "higher"


def test_one_pair_of_an_uneven_machine_needs_a_larger_difference(run):
    uneven = RunEffect(spread=0.1, usual=0.25, runs=6)
    pair = [run("a"), run("b", factor=1.2)]
    assert delta(compare(pair, uneven), "latency.p50").verdict == "no difference shown"
    assert delta(compare(pair), "latency.p50").verdict == "higher"


def test_one_pair_shows_large_differences_at_once(run):
    assert delta(compare([run("a"), run("b", factor=3.0)]), "latency.p99").verdict == "higher"


@pytest.mark.parametrize(("count", "pairs"), [(2, 1), (4, 6), (5, 4)])
def test_all_pairs_of_up_to_four_policies_are_compared(run, count, pairs):
    comparison = compare([run(f"p{i}") for i in range(count)])
    assert len({(d.policy_a, d.policy_b) for d in comparison.deltas}) == pairs


def test_the_same_runs_give_the_same_comparison(run):
    runs = [run("a"), run("b", factor=1.05)]
    assert compare(runs) == compare(runs)


def test_a_run_without_calls_is_left_out(run, make):
    empty = replace(make([], duration_s=DURATION_S, warmup_s=2.0), policy="b")
    assert {d.measurement for d in compare([run("a"), empty]).deltas} == set()


def test_runs_too_short_to_pair_have_no_differences(run, make):
    short = [replace(make(np.full(400, 0.02)), policy=p) for p in ("a", "b")]
    assert compare(short).deltas == ()


def test_stretches_are_drawn_within_the_phases_of_the_scenario(run, rng):
    """Whatever is drawn, as many stretches come from the fault as it lasted."""
    common = partition([replace(run("a"), changes_s=(8.0, 14.0))])
    weights = common.weights(50, rng)
    for phase in np.unique(common.phases):
        members = common.phases == phase
        assert set(weights[:, members].sum(axis=1)) == {members.sum()}


def test_a_quantile_of_stretches_is_that_of_their_calls(rng):
    values, place = rng.exponential(size=3000), np.repeat([0, 1, 2], 1000)
    chosen = (
        distribution_by_stretch(values, place, 3).quantile(0.99).under(np.array([[1.0, 1, 1], [0, 2, 1]]))
    )
    twice = np.concatenate([values[1000:], values[1000:2000]])
    assert chosen == pytest.approx([np.quantile(v, 0.99, method="inverted_cdf") for v in (values, twice)])


def test_a_quantile_of_very_many_calls_is_close_to_theirs(rng):
    values, place = rng.exponential(size=200_000), np.repeat(np.arange(10), 20_000)
    for quantile in (0.5, 0.99, 0.999):
        assert distribution_by_stretch(values, place, 10).quantile(quantile).value == pytest.approx(
            np.quantile(values, quantile), rel=0.005
        )


def failing(share):
    return np.where(np.arange(CALLS) % 100 < 100 * share, "http_5xx", "ok")


def test_a_percentile_that_failed_calls_reach_has_no_difference(run):
    found = delta(compare([run("a"), run("b", outcome=failing(0.03))]), "latency.p99")
    assert (found.b, found.difference, found.low, found.high) == (None, None, None, None)
    assert found.a is not None
    assert found.verdict == "undefined"


def test_a_percentile_below_the_failed_calls_is_compared(run):
    found = delta(compare([run("a"), run("b", factor=1.3, outcome=failing(0.03))]), "latency.p50")
    assert found.verdict == "higher"


def test_apart_successful_calls_are_compared(run):
    def apart(evidence):
        slo = evidence.slo.model_copy(update={"failed_calls": "apart"})
        return replace(evidence, slo=slo)

    runs = [apart(run("a")), apart(run("b", factor=1.3, outcome=failing(0.03)))]
    assert delta(compare(runs), "latency.p99").verdict == "higher"


def test_some_draws_that_are_not_reached_leave_the_interval_open(run):
    found = delta(compare([run("a"), run("b", outcome=failing(0.01))]), "latency.p99")
    assert found.difference is not None
    assert (found.low, found.high, found.verdict) == (None, None, "no difference shown")


def test_runs_of_one_seed_are_paired_in_their_order(run, rng):
    """The first of each policy together, then the second of each."""
    runs = [run("a"), run("a", factor=2.0), run("b"), run("b", factor=2.0), run("b", seed=2)]
    blocks = blocks_of(runs, rng)
    assert [set(block.policies) for block in blocks] == [{"a", "b"}, {"a", "b"}, {"b"}]
    p99_s = [block.policies[p]["latency.p99"].value for block in blocks[:2] for p in ("a", "b")]
    assert p99_s[2:] == pytest.approx([2 * p99_s[0], 2 * p99_s[1]], rel=0.01)


def test_stretches_that_resemble_their_neighbours_leave_fewer_degrees_of_freedom():
    """30 stretches whose differences come in two halves are worth a ninth of 29, the least that is assumed."""
    cut = Partition(np.arange(31.0), np.zeros(30, dtype=np.int64))
    halves = np.repeat([0.0, 1.0], 15)
    still, moved = (Drawn(0.0, 9, each, np.zeros(4)) for each in (np.zeros(30), halves))
    assert of_pair(cut, still, moved).freedom == pytest.approx(29 / 9)


def test_the_resolution_of_each_unit():
    assert resolution("s", 0.02) == 0.001
    assert resolution("s", 0.2) == pytest.approx(0.004)
    assert resolution("1/s", -200.0) == pytest.approx(1.0)
    assert (resolution("ratio", 0.3), resolution("attempts/call", 2.0)) == (0.001, 0.01)


def test_all_measurements_together_have_the_confidence_of_one():
    assert 0.95 < EACH_CONFIDENCE < 1.0


def test_attempts_per_call_of_a_service_are_compared_without_handlers_that_make_none(run):
    few = {"attempts": np.tile([0, 0, 1, 1], CALLS // 4)}
    many = {"attempts": np.tile([0, 2, 2, 2], CALLS // 4)}
    pair = [
        run(name, outbound=column["attempts"] > 0, **column) for name, column in (("a", few), ("b", many))
    ]
    found = delta(compare(pair), "amplification")
    assert (found.a, found.b) == (1.0, 2.0)


def test_a_wait_that_many_calls_have_not_reported_is_not_compared(run):
    pair = [run("a"), run("b", reported=np.arange(CALLS) % 20 > 0)]
    assert delta(compare(pair), "thread_wait.p99").verdict == "undefined"
