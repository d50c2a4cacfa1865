"""What hedging knows of a host: the delay, and until when no hedge is sent."""

from __future__ import annotations

import pytest
from urllib3.response import HTTPResponse

from harness.model.hedge_settings import HedgeSettings
from harness.session.resilience.host_hedges import HostHedges
from harness.session.resilience.recent_times import LEAST


def _response(**headers: str) -> HTTPResponse:
    return HTTPResponse(b"", {name.replace("_", "-"): value for name, value in headers.items()}, 503)


def test_a_written_delay_is_known_from_the_beginning() -> None:
    assert HostHedges(HedgeSettings(delay_s=0.25)).delay_s == 0.25


def test_a_percentile_is_the_delay_once_it_is_known() -> None:
    host = HostHedges(HedgeSettings())
    assert host.delay_s is None
    for _ in range(LEAST):
        host.took(0.02)
    assert host.delay_s == 0.02


@pytest.mark.parametrize(("headers", "until_s"), [({"Retry_After": "3"}, 103.0), ({}, 100.0)])
def test_a_retry_after_is_obeyed(headers: dict[str, str], until_s: float) -> None:
    host = HostHedges(HedgeSettings())
    host.asked_to_wait(100.0, _response(**headers))
    assert host.not_before_s == until_s


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    host = HostHedges(HedgeSettings())
    host.asked_to_wait(100.0, _response(Retry_After="30"))
    host.asked_to_wait(101.0, _response(Retry_After="1"))
    assert host.not_before_s == 130.0


def test_a_retry_after_that_cannot_be_read_is_ignored() -> None:
    host = HostHedges(HedgeSettings())
    host.asked_to_wait(100.0, _response(Retry_After="soon"))
    assert host.not_before_s == float("-inf")
