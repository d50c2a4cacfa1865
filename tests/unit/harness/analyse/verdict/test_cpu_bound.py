"""A service without processor time left is named, and not its policy."""

import numpy as np
import pandas as pd
import pytest

from harness.analyse.measure.measurements import measurements
from harness.analyse.verdict.cpu_bound import CPU_BOUND, cpu_bound_reason
from harness.analyse.verdict.judge import judge
from harness.analyse.verdict.seed_series import judge_series


def usage(*ratios):
    """Samples of a service's processes, of which each used this share of a core all the time."""
    at_s = np.arange(0.5, 25.0)
    return pd.concat(pd.DataFrame({"at_s": at_s, "pid": i, "cpu_ratio": r}) for i, r in enumerate(ratios))


def served(busy):
    """A dependency with four workers that were busy for this share of 25 s."""
    arrived_s = np.arange(0, 25.0, 0.1)
    return pd.DataFrame(
        {
            "arrived_s": arrived_s,
            "intended_delay_s": 0.02,
            "actual_delay_s": 0.02,
            "service_s": busy * 100.0 / len(arrived_s),
        }
    )


def evidence_of(make, ratios, busy=0.2, latency_s=0.4):
    return make(np.full(5000, latency_s), service=usage(*ratios), served=served(busy), upstream_workers=4)


def test_a_failure_of_a_service_at_its_limit_names_it_first(make):
    evidence = evidence_of(make, (0.97, 0.3))
    verdict = judge(evidence, measurements(evidence))
    assert verdict.kind == "fail"
    assert verdict.reasons[0].startswith(
        f"{CPU_BOUND}: the busiest process of the service used 97% of a core"
    )
    assert "its dependency's workers were busy 20% of the time" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("ratios", "busy"), [((0.6, 0.6), 0.2), ((0.97,), 0.95)], ids=["time left", "busy dependency"]
)
def test_other_services_are_not_cpu_bound(make, ratios, busy):
    assert cpu_bound_reason(evidence_of(make, ratios, busy)) is None


def test_a_run_without_a_service_is_not_cpu_bound(make):
    assert cpu_bound_reason(make(np.full(100, 0.02))) is None


def test_a_dependency_without_a_limit_of_workers_leaves_its_share_out(make):
    evidence = make(np.full(5000, 0.4), service=usage(0.95))
    assert "dependency's workers" not in cpu_bound_reason(evidence)


def test_a_series_names_the_finding_of_one_of_its_runs(make):
    quiet, bound = (evidence_of(make, ratios, latency_s=0.02) for ratios in ((0.3,), (0.97,)))
    verdict = judge_series([quiet, bound])
    assert verdict.kind == "pass"
    assert verdict.reasons[0].startswith(CPU_BOUND)
