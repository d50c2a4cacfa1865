"""What holds for every kind, whatever the samples are."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from harness.model.limiter_settings import LimiterSettings
from harness.session.limits import rules
from harness.session.limits.sample import WindowSample

KINDS = tuple(rules.RULES)
SAMPLES = st.builds(
    WindowSample,
    st.lists(st.floats(1e-6, 1e6), max_size=60).map(tuple),
    st.integers(0, 10_000),
    st.integers(0, 60),
    st.booleans(),
    st.floats(0.0, 1.0, exclude_max=True),
)
READ: TypeAdapter[LimiterSettings] = TypeAdapter(LimiterSettings)


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=30)
@given(samples=st.lists(SAMPLES, max_size=30))
def test_the_limit_is_a_number_within_its_bounds(kind: str, samples: list[WindowSample]) -> None:
    settings = READ.validate_python({"kind": kind, "least": 2, "most": 40})
    state = rules.begin(settings, 0.0)
    for number, sample in enumerate(samples, 1):
        state = rules.update(settings, state, sample, float(number))
        assert isfinite(state.limit)
        assert 2.0 <= state.limit <= 40.0


@pytest.mark.parametrize("kind", KINDS)
@hypothesis_settings(max_examples=20)
@given(samples=st.lists(SAMPLES, max_size=10))
def test_equal_samples_make_equal_states(kind: str, samples: list[WindowSample]) -> None:
    settings = READ.validate_python({"kind": kind})

    def after() -> object:
        state = rules.begin(settings, 0.0)
        for number, sample in enumerate(samples, 1):
            state = rules.update(settings, state, sample, float(number))
        return state

    assert after() == after()


def test_every_kind_has_a_rule() -> None:
    kinds = {option["properties"]["kind"]["const"] for option in READ.json_schema()["$defs"].values()}
    assert kinds == set(KINDS)
