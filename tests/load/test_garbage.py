"""Calls whose attempts time out leave nothing for the garbage collector, whose pauses would hold up arrivals."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.session.client.client import Client
from harness.session.client.transport import SessionTransport
from harness.session.trace.call_trace import CallTracer


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_call_whose_attempts_time_out_leaves_no_garbage(retries: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracer, session = CallTracer(), requests.Session()
        session.mount("http://", HTTPAdapter(max_retries=Retry(total=retries, backoff_factor=0)))
        transport = SessionTransport(requests.Session, tracer.instrument(session), (1.0, 0.01))
        client = Client(f"http://127.0.0.1:{silent.getsockname()[1]}", transport, tracer, lambda _: None)
        client.get("/")  # What the first call leaves is not the call's.
        gc.collect()
        for _ in range(3):
            assert not client.get("/").ok
        assert gc.collect() == 0
