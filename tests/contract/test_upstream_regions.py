"""Several regions: each with its own listener, latency, bandwidth, workers and faults."""

from collections.abc import Iterator

import pytest
import requests

from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile
from tests.faults.wire_client import rows

_TWO = {
    "name": "two",
    "service_time": {"distribution": "fixed", "value_s": 0.01},
    "capacity": {"workers": 3},
    "region": [
        {"name": "near", "capacity": {"workers": 1}},
        {"name": "far", "latency_s": 0.05, "jitter_s": 0.01, "fault": [{"kind": "status", "status": 503}]},
    ],
}


@pytest.fixture
def two() -> Iterator[EmbeddedUpstream]:
    with EmbeddedUpstream(build(Profile, _TWO, "test"), hold_timeline=True) as upstream:
        yield upstream


def _urls(upstream: EmbeddedUpstream) -> dict[str, str]:
    found = upstream.addresses["regions"]
    assert isinstance(found, dict)
    return found


def test_each_region_has_an_address_and_its_own_faults(two: EmbeddedUpstream) -> None:
    statuses = {name: requests.get(url + "/get", timeout=5).status_code for name, url in _urls(two).items()}

    assert statuses == {"near": 200, "far": 503}


def test_latency_is_added_after_the_work_and_recorded_in_the_ledger(two: EmbeddedUpstream) -> None:
    for url in _urls(two).values():
        requests.get(url + "/get", timeout=5)

    near, far = rows(two, 2)
    assert (near.region, far.region) == ("near", "far")
    assert near.intended_delay_s == pytest.approx(0.01)
    assert 0.05 <= far.intended_delay_s <= 0.07
    assert far.service_s == pytest.approx(0.01)


def test_a_partial_outage_is_one_line() -> None:
    table = {**_TWO, "timeline": [{"at_s": 0, "for_s": 60, "fault": {"kind": "refused", "region": "near"}}]}
    with EmbeddedUpstream(build(Profile, table, "test"), hold_timeline=True) as upstream:
        urls = _urls(upstream)
        requests.get(urls["near"] + "/get", timeout=5)

        requests.post(upstream.admin + "/timeline/start", json={"epoch_s": upstream.now()}, timeout=5)
        _until_on(upstream)

        with pytest.raises(requests.ConnectionError):
            requests.get(urls["near"] + "/get", timeout=5)
        assert requests.get(urls["far"] + "/get", timeout=5).status_code == 503


def _until_on(upstream: EmbeddedUpstream) -> None:
    for _ in range(1000):
        events = requests.get(upstream.admin + "/events", timeout=5).json()["events"]
        if any(event["name"] == "refused" and event["action"] == "on" for event in events):
            return
    raise AssertionError("the timeline never began")


def test_regions_without_workers_of_their_own_share_the_profiles(two: EmbeddedUpstream) -> None:
    near, far = two.upstream.regions

    assert near.pool is not two.upstream.pool
    assert far.pool is two.upstream.pool
