"""What the stable limit left unused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from harness.analyse.range.headroom import headroom


def test_connections_and_threads_grow_with_the_rate_to_the_peak(make):
    at_s = np.arange(0.2, 20, 0.2)
    seen = make(np.full(4000, 0.02), pool=pd.DataFrame({"at_s": at_s, "maxsize": 20, "in_use": 6}))
    seen.driver["busy_threads"], seen.driver["rss_bytes"] = 8, 100 * 2**20
    found = {h.resource: h for h in headroom(seen, 200.0, 300.0, 64, 100, 2**30)}
    assert (found["connections"].used, found["connections"].available) == (6.0, 20.0)
    assert found["connections"].at_peak == pytest.approx(9.0)
    assert found["threads"].at_peak == pytest.approx(12.0)
    assert found["driver CPU"].used == pytest.approx(0.3)
    assert found["driver memory"].at_peak == found["driver memory"].used
    assert all(h.n > 0 for h in found.values())


def test_the_upstream_s_queue_is_counted_as_arrivals_found_it(make):
    served = pd.DataFrame(
        {
            "arrived_s": [0.0, 0.1, 0.2, 0.3],
            "queue_wait_s": [0.0, 0.9, 0.8, 0.0],
            "intended_delay_s": 0.02,
            "actual_delay_s": 0.02,
        }
    )
    found = {
        h.resource: h for h in headroom(make(np.full(400, 0.02), served=served), 10.0, None, 8, 100, None)
    }
    assert found["upstream queue"].used == pytest.approx(2.0, abs=0.1)
    assert found["upstream queue"].available == 100.0
    assert found["threads" if "threads" in found else "driver CPU"].at_peak is None
