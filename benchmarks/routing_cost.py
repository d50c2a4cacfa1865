"""What routing costs a call: Sessions of `surgeline.session`, `canary` and `shadow`, beside the plain Session.

    python -m benchmarks.routing_cost

The adapters answer at once, so that only the way to them is measured, in processor time, best of 25 rounds, in turn.
The shadow is asked to repeat each call, and its queue is full, so that all of the caller's work is seen and none of the
threads'. Exits 1 where one costs more than is wanted.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import requests
from requests.adapters import BaseAdapter

import surgeline
from harness.session.build.session import session_maker

ROUNDS, CALLS = 25, 2000
LIMITS_US = {"session": 5.0, "canary": 5.0, "shadow": 15.0}


class Instant(BaseAdapter):
    """Answers 200 with an empty body."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, str(request.url)
        response._content, response._content_consumed = b"", True  # type: ignore[attr-defined]
        return response

    def close(self) -> None:
        """Nothing is open."""


def main() -> int:
    """Prints the costs; 1 where one is above its limit."""
    sessions = _sessions()
    best = dict.fromkeys(sessions, float("inf"))
    for _ in range(ROUNDS):
        for name, session in sessions.items():
            best[name] = min(best[name], _call_us(session))
    costs = {name: best[name] - best["plain"] for name in LIMITS_US}
    for name, cost in costs.items():
        limit = f"at most {LIMITS_US[name]:.0f} are wanted"
        print(f"surgeline.{name}: {cost:.1f} µs a call beside {best['plain']:.1f} ({limit})")
    return int(any(cost > LIMITS_US[name] for name, cost in costs.items()))


def _sessions() -> dict[str, requests.Session]:
    old, new = (surgeline.Policy.model_validate({"name": name}) for name in ("old", "new"))
    found = {
        "plain": session_maker(old)(), "session": surgeline.session(old),
        "canary": surgeline.canary(old, new, share=0.3), "shadow": surgeline.shadow(old, new, 1.0),
    }  # fmt: skip
    live, canary, shadow = (found[name].__dict__[f"_surgeline_{key}"] for name, key in (
        ("session", "policy"), ("canary", "canary"), ("shadow", "shadow")))  # fmt: skip
    shadow.threads = [None]  # None is started: what they do is not the caller's work.
    arms = (live.arm, canary.baseline.arm, canary.canary.arm, shadow.baseline)
    for session in (found["plain"], *(arm.template for arm in arms)):
        for scheme in ("http://", "https://"):
            session.mount(scheme, Instant())
    return found


def _call_us(session: requests.Session) -> float:
    request = requests.Request("GET", "http://upstream.test/").prepare()
    given: dict[str, Any] = {"proxies": {}, "verify": True, "cert": None}  # As `Session.request` passes them.
    began_s = time.process_time()
    for _ in range(CALLS):
        session.send(request, timeout=None, allow_redirects=False, stream=False, **given)
    return (time.process_time() - began_s) / CALLS * 1e6


if __name__ == "__main__":
    sys.exit(main())
