"""The twin's map of an advice in words."""

from __future__ import annotations

import pytest

from harness.model.advice_map import AdviceMap, RateState, SearchedPolicy
from harness.model.advice_map_text import map_table, search_sentence
from harness.model.verdict import Measurement

P99 = Measurement(name="latency.p99", value=0.02, unit="s", n=5, low=0.01, high=0.03)
SAME = Measurement(name="amplification", value=1.0, unit="attempts/call", n=5, low=1.0, high=1.0)


def _state(kept: int, *, outside: bool = False, **measured: Measurement) -> RateState:
    found = {m.name: m for m in measured.values()}
    return RateState(factor=0.5, rate_per_s=60.0, kept=kept, seeds=5, measurements=found, outside=outside)


def _searched(*kept: int, retries: int = 2) -> AdviceMap:
    return AdviceMap(
        searched=tuple(
            SearchedPolicy(retries=retries, read_s=0.5 + i, kept=k, seeds=5) for i, k in enumerate(kept)
        )
    )


def test_a_row_has_the_rate_the_seeds_and_each_band() -> None:
    columns, rows = map_table(AdviceMap(states=(_state(5, a=P99, b=SAME), _state(0, outside=True, a=P99))))
    assert columns == ["Rate", "SLO", "Latency p99", "Attempts per call"]
    assert rows == [
        ["60.0/s (0.5 ×)", "✓ keeps (5 of 5)", "20.0 ms (10.0 ms – 30.0 ms)", "1.00"],
        ["60.0/s (0.5 ×) *", "✗ breaks (0 of 5)", "20.0 ms (10.0 ms – 30.0 ms)", "–"],
    ]


@pytest.mark.parametrize(("kept", "state"), [(5, "keeps"), (4, "may break"), (1, "may break"), (0, "breaks")])
def test_a_state_is_by_all_some_or_no_seeds(kept: int, state: str) -> None:
    assert _state(kept).state == state


def test_a_search_that_finds_none_agrees() -> None:
    said = search_sentence(_searched(0, 4))
    assert "agrees that no policy would do: of 2 policies in the twin, with 0 to 2 retries" in said
    assert "read timeouts of 500 ms to 1.50 s, 5 seeds each" in said


def test_a_search_that_finds_one_contradicts_and_names_it() -> None:
    said = search_sentence(_searched(0, 5))
    assert "contradicts" in said
    assert "1 keep the SLO in all seeds" in said
    assert "retry.total = 2 with timeout.read_s = 1.5" in said


def test_a_call_that_may_not_be_repeated_has_no_retries() -> None:
    assert "with no retries, because the call may not be repeated," in search_sentence(
        _searched(0, retries=0)
    )
