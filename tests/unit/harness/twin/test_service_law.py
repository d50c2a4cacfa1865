"""The compiled service times are those of the upstream."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter

from harness.twin.compiled import entry
from harness.twin.service_law import laws, work_s
from mock_upstream.profile import ServiceTime

UNIFORMS = np.array([0.0, 1e-9, 0.01, 0.02425, 0.3, 0.5, 0.7, 0.97575, 0.999, 1.0 - 2.0**-53])


@entry
def worked(law, times_s, uniforms, found):
    for row in range(len(uniforms)):
        found[row] = work_s(law, times_s, uniforms[row])


@pytest.mark.parametrize(
    "written",
    [
        {"distribution": "fixed", "value_s": 0.02},
        {"distribution": "uniform", "low_s": 0.01, "high_s": 0.05},
        {"distribution": "exponential", "mean_s": 0.02},
        {"distribution": "lognormal", "median_s": 0.03, "sigma": 0.6},
        {"distribution": "pareto", "minimum_s": 0.01, "alpha": 1.5},
        {"distribution": "empirical", "values_s": [0.01, 0.02, 0.07]},
    ],
    ids=lambda written: written["distribution"],
)
def test_times_are_those_of_the_upstream(written):
    time = TypeAdapter(ServiceTime).validate_python(written)
    found, (law, times_s) = np.zeros(len(UNIFORMS)), laws([time])
    worked(law[0], times_s, UNIFORMS, found)
    assert found == pytest.approx([time.draw_s(u) for u in UNIFORMS.tolist()], rel=1e-9)
