"""The cost of tracing calls: CPU per call of an observed Session against a bare one, in this process."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import requests

from harness.model.call import Call
from harness.session.trace.call_trace import CallTracer


def cpu_per_call_s(url: str, rounds: int = 20, calls: int = 50) -> tuple[list[float], list[float]]:
    """CPU seconds per call of each round, bare and observed, in alternating rounds."""
    bare, tracer = requests.Session(), CallTracer()
    observed = tracer.instrument(requests.Session())
    for session in (bare, observed):
        session.trust_env = False

    def plain() -> None:
        bare.get(url)

    def traced() -> None:
        now = tracer.now()
        with tracer.calling(Call(0, 0, "GET", "/get", now, now, now), keyed=False):
            observed.get(url)

    for one in (plain, traced):
        one()
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for one, seconds in zip((plain, traced), found, strict=True):
            seconds.append(_cpu_s(one, calls) / calls)
    return found


def _cpu_s(one: Callable[[], None], calls: int) -> float:
    began_s = process_time()
    for _ in range(calls):
        one()
    return process_time() - began_s
