"""The states of an advice over the rate and the setting that matters most."""

from __future__ import annotations

import pytest

from harness.advise.advisor import advise
from harness.inputs.answer_sheets import read_answers
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.arrivals import Spike, Steps
from harness.model.policy import Policy
from harness.model.slo import Slo
from harness.twin.setting_grid import at_factor, keeps_slo, nearness, setting_grid, values_around
from harness.twin.slo_states import FACTORS

SLO = Slo(
    warmup_s=1.0,
    thresholds=("p99(latency) < 100ms", "rate(goodput) >= 50/s", "p99(latency) < 1ms over any 5s"),
)


def _grid(sheet: str):
    given, learned = read_answers(sheet)
    found = advise(given, learned)
    return found, setting_grid(found.policy, found.scenario, found.upstream, FACTORS)


@pytest.mark.parametrize(
    ("values", "near"),
    [
        ({"latency.p99": 0.05, "goodput": 60.0}, 50 / 60),
        ({"latency.p99": 0.15, "goodput": 60.0}, 1.5),
        ({"latency.p99": 0.01, "goodput": 0.0}, 2.0),
        ({"latency.p99": float("inf"), "goodput": 60.0}, 2.0),
        ({}, 0.0),
    ],
)
def test_what_is_nearest_to_its_limit_counts(values, near):
    assert nearness(values, SLO) == pytest.approx(near)


def test_the_policys_own_value_is_among_those_that_are_tried():
    careful = read_policy("careful")
    assert values_around(careful, "retry.total")[:5] == (0, 1, 2, 3, 4)
    read_s = careful.timeout.read_s
    assert values_around(careful, "timeout.read_s") == pytest.approx(
        tuple(read_s * s for s in (0.25, 0.5, 1, 2, 4))
    )
    pool = values_around(Policy(name="p", adapter={"pool_maxsize": 3}), "adapter.pool_maxsize")
    assert pool == (1, 2, 3, 6, 12)


def test_a_setting_that_the_policy_lacks_is_not_varied():
    assert values_around(Policy(name="p"), "retry.total") == ()
    assert values_around(Policy(name="p"), "bulkhead.connections") == ()


def test_a_share_does_not_exceed_one():
    assert max(values_around(read_policy("breaker"), "breaker.failure_ratio")) <= 1.0


def test_the_grid_of_an_advice_is_over_retries_where_responses_fail():
    advice, grid = _grid("payment-post")
    assert grid.key == "retry.total"
    assert grid.values[grid.advised[1]] == advice.policy.retry.total
    assert grid.factors[grid.advised[0]] == 1.0
    assert grid.cell(*grid.advised).state == "keeps"
    own, none = (grid.cell(grid.advised[0], grid.values.index(n)).state for n in (1, 0))
    assert (own, none) == ("keeps", "breaks")
    assert {cell.seeds for cell in grid.cells} == {1, 5}


def test_where_no_setting_matters_the_first_one_is_shown_and_called_so():
    _, grid = _grid("payment-without-key")
    assert (grid.key, grid.matters) == ("timeout.read_s", False)
    assert {cell.state for cell in grid.cells} == {"breaks"}


def test_a_hedged_advice_has_a_grid():
    _, grid = _grid("read-mostly-page")
    assert grid.cell(*grid.advised).state == "keeps"


@pytest.mark.parametrize(
    ("p99_s", "goodput", "kept"),
    [(0.099, 50.0, True), (0.1, 50.0, False), (0.099, 49.9, False), (float("inf"), 60.0, False)],
)
def test_every_threshold_of_the_whole_run_must_hold(p99_s, goodput, kept):
    assert keeps_slo({"latency.p99": p99_s, "goodput": goodput}, SLO) is kept


def test_a_threshold_of_which_nothing_was_measured_is_left_out():
    assert keeps_slo({"goodput": 60.0}, SLO)


def test_every_rate_of_every_phase_is_multiplied():
    phases = (
        Spike(shape="spike", rate_per_s=10, duration_s=9, peak_per_s=50, at_s=1, for_s=2),
        Steps(shape="steps", rates_per_s=(4, 8), step_s=5),
    )
    scenario = read_scenario("baseline").scenario.model_copy(update={"arrivals": phases})
    spike, steps = at_factor(scenario, 0.5).arrivals
    assert (spike.rate_per_s, spike.peak_per_s, spike.duration_s, spike.for_s) == (5, 25, 9, 2)
    assert (steps.rates_per_s, steps.step_s) == ((2, 4), 5)
