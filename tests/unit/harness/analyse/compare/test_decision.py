"""Which policy to ship."""

from __future__ import annotations

import pytest

from harness.analyse.compare.decision import decide
from harness.model.decision_text import decision_text
from harness.model.verdict import Comparison, Difference, Fail, Inconclusive, Margin, Measurement, Pass

PASSED = Pass()
OPEN = Inconclusive(reasons=("p99(latency) is near its limit; run for about 40 s longer",))
INVALID = Inconclusive(invalid=True, reasons=("the driver was busy",))


def failed(times: float = 2.0) -> Fail:
    measured = Measurement(
        name="latency.p99", value=0.25 * times, unit="s", n=900, low=0.24 * times, high=None
    )
    margin = Margin(threshold="p99(latency) < 250ms", limit=0.25, measured=measured, verdict="fail")
    return Fail(margins=(margin,), reasons=("p99(latency) is too long",))


def delta(
    measurement: str, verdict: str, difference: float, a: str = "a", b: str = "b", runs: int = 1
) -> Difference:
    return Difference(
        measurement=measurement, unit="ratio" if measurement == "error_ratio" else "s", policy_a=a, policy_b=b,
        a=0.5, b=0.5 + difference, difference=difference, low=difference, high=difference, pairs=30 * runs,
        runs=runs, verdict=verdict,
    )  # fmt: skip


def compared(*deltas: Difference) -> Comparison:
    return Comparison(policies=("a", "b"), seeds=(1,), deltas=deltas)


FASTER = delta("latency.p99", "lower", -2.4)
FAILS_MORE = delta("error_ratio", "higher", 0.013)
EQUAL = delta("latency.p99", "no difference shown", 0.001)


def test_the_only_policy_inside_the_slo_is_shipped_with_its_costs() -> None:
    found = decide(compared(FASTER, FAILS_MORE), {"a": [failed()], "b": [PASSED]})
    assert (found.kind, found.policy, found.other) == ("clear winner", "b", "a")
    assert decision_text(found).startswith(
        "Ship b: the only policy that meets the SLO; compared with a: Latency p99 −2.40 s; "
        "at the cost of Calls failed +1.30 percentage points ("
    )


def test_costs_and_gains_are_seen_from_the_recommended_policy() -> None:
    found = decide(compared(FASTER, FAILS_MORE), {"a": [PASSED], "b": [failed()]})
    assert [d.difference for d in found.costs] == [2.4]
    assert [d.difference for d in found.gains] == [-0.013]


def test_of_two_that_hold_the_one_with_nothing_worse_wins() -> None:
    found = decide(compared(FASTER), {"a": [PASSED], "b": [PASSED]})
    assert (found.kind, found.policy, found.costs) == ("clear winner", "b", ())


def test_two_that_hold_with_an_advantage_each_are_a_trade_off() -> None:
    found = decide(compared(FASTER, FAILS_MORE), {"a": [PASSED], "b": [PASSED]})
    assert found.kind == "trade-off"
    text = decision_text(found)
    assert text.startswith("Trade-off between a and b")
    assert "Latency p99 +2.40 s" in text
    assert "Calls failed −1.30 percentage points" in text


def test_a_percentile_that_only_the_recommended_policy_does_not_reach_is_a_cost() -> None:
    unreached = FASTER.model_copy(update={"b": None, "difference": None, "verdict": "undefined"})
    found = decide(compared(unreached, FASTER), {"a": [failed()], "b": [PASSED]})
    assert found.costs == (unreached,)
    assert "at the cost of Latency p99 not reached (with a: 500 ms)" in decision_text(found)


def test_of_two_that_hold_one_with_a_percentile_that_is_not_reached_does_not_win() -> None:
    unreached = FASTER.model_copy(update={"b": None, "difference": None, "verdict": "undefined"})
    lower = delta("error_ratio", "lower", -0.01)
    assert decide(compared(unreached, lower), {"a": [PASSED], "b": [PASSED]}).kind == "undecided"


def test_two_that_hold_without_a_difference_are_undecided() -> None:
    found = decide(compared(EQUAL), {"a": [PASSED], "b": [PASSED]})
    assert (found.kind, found.policy) == ("undecided", None)
    assert "more seeds" in decision_text(found)


def test_without_a_pass_an_open_verdict_says_what_settles_it() -> None:
    found = decide(compared(FASTER), {"a": [failed()], "b": [OPEN]})
    assert found.kind == "undecided"
    assert "run for about 40 s longer" in decision_text(found)


def test_when_all_fail_the_nearest_is_named_with_its_miss() -> None:
    found = decide(compared(FASTER), {"a": [failed(25)], "b": [failed(3)]})
    assert (found.kind, found.policy) == ("none holds", "b")
    assert "Latency p99 3 × limit" in decision_text(found)


def test_one_failed_run_of_several_is_no_pass() -> None:
    found = decide(compared(FASTER), {"a": [failed(), failed()], "b": [PASSED, failed()]})
    assert found.kind == "none holds"


def test_a_pass_beside_an_open_verdict_that_may_be_better_is_no_clear_winner() -> None:
    found = decide(compared(FASTER, FAILS_MORE), {"a": [OPEN], "b": [PASSED]})
    assert (found.kind, found.policy) == ("trade-off", "b")
    assert "undecided: a" in decision_text(found)


def test_invalid_runs_are_named() -> None:
    text = decision_text(decide(compared(FASTER), {"a": [INVALID], "b": [PASSED]}))
    assert "1 of 2 runs are invalid" in text


def test_a_difference_from_an_invalid_run_does_not_count() -> None:
    found = decide(compared(FASTER), {"a": [INVALID], "b": [PASSED]})
    assert (found.gains, found.pairs) == ((), 0)
    assert "what it costs against a is unknown" in decision_text(found)


@pytest.mark.parametrize(("runs", "words"), [(1, "between these runs only"), (3, "3 pairs of runs")])
def test_the_certainty_says_over_how_many_runs(runs: int, words: str) -> None:
    found = decide(compared(FASTER.model_copy(update={"runs": runs})), {"a": [failed()], "b": [PASSED]})
    assert words in decision_text(found)


def test_an_undecided_comparison_rests_on_its_smallest_number_of_pairs() -> None:
    more, fewer = (EQUAL.model_copy(update={"runs": runs}) for runs in (5, 3))
    assert decide(compared(more, fewer), {"a": [PASSED], "b": [PASSED]}).pairs == 3


def test_one_invalid_run_of_several_makes_the_differences_of_its_policy_invalid() -> None:
    found = decide(compared(FASTER), {"a": [failed(), INVALID], "b": [PASSED, PASSED]})
    assert (found.gains, found.pairs, found.invalid_runs, found.runs) == ((), 0, 1, 4)


def test_a_run_without_a_verdict_is_invalid() -> None:
    found = decide(compared(FASTER), {"a": [failed(), None], "b": [PASSED]})
    assert (found.gains, found.invalid_runs) == ((), 1)


def test_an_undecided_run_that_is_valid_keeps_its_differences() -> None:
    found = decide(compared(FASTER), {"a": [OPEN], "b": [PASSED]})
    assert (len(found.gains), found.invalid_runs) == (1, 0)


def test_a_better_value_of_what_should_be_high_is_a_gain() -> None:
    goodput = delta("goodput", "higher", 12.0)
    found = decide(compared(goodput), {"a": [PASSED], "b": [PASSED]})
    assert (found.kind, found.policy, [d.measurement for d in found.gains]) == (
        "clear winner",
        "b",
        ["goodput"],
    )


def test_the_open_policy_is_named_with_its_first_reason() -> None:
    found = decide(compared(FASTER), {"a": [failed()], "b": [PASSED, OPEN]})
    assert found.open_reasons == (("b", OPEN.reasons[0]),)


def test_a_policy_whose_run_was_not_judged_is_open_with_the_remedy() -> None:
    found = decide(compared(FASTER), {"a": [failed()], "b": [None]})
    assert found.open_reasons == (("b", "a run was not judged; run it again"),)


def test_the_miss_named_is_the_largest_of_the_policy_that_misses_least() -> None:
    found = decide(compared(FASTER), {"a": [failed(9)], "b": [failed(2), failed(4), failed(3)]})
    assert found.policy == "b"
    assert found.miss == failed(4).margins[0]


def test_without_an_open_policy_the_rival_is_the_one_that_holds_with_the_largest_costs() -> None:
    deltas = [delta("latency.p99", "lower", -1.0, "a", "b"), delta("latency.p99", "higher", 1.0, "b", "c")]
    found = decide(
        Comparison(policies=("a", "b", "c"), seeds=(1,), deltas=tuple(deltas)),
        {"a": [failed()], "b": [PASSED], "c": [PASSED]},
    )
    assert (found.kind, found.policy, found.other, found.costs) == ("clear winner", "b", "c", ())
