"""What routing costs a call: a Session of `surgeline.session` and one of `surgeline.canary`, beside the plain Session.

    python -m benchmarks.routing_cost

The adapters answer at once, so that only the way to them is measured, in processor time, in turn. Exits 1 where one
costs more than 5 µs a call.
"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

import requests
from requests.adapters import BaseAdapter

import surgeline
from harness.session.build.session import session_maker

ROUNDS, CALLS, LIMIT_US = 15, 3000, 5.0


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
    """Prints the medians; 1 where one is above the limit."""
    policy, other = (surgeline.Policy.model_validate({"name": name}) for name in ("old", "new"))
    plain = session_maker(policy)()
    sessions = {
        "surgeline.session": surgeline.session(policy),
        "surgeline.canary": surgeline.canary(policy, other, share=0.3),
    }
    live = sessions["surgeline.session"].__dict__["_surgeline_policy"]
    canary = sessions["surgeline.canary"].__dict__["_surgeline_canary"]
    for templated in (
        plain,
        live.arm.template,
        *(side.arm.template for side in (canary.baseline, canary.canary)),
    ):
        for scheme in ("http://", "https://"):
            templated.mount(scheme, Instant())
    costs: dict[str, list[float]] = {name: [] for name in sessions}
    for _ in range(ROUNDS):
        for name, session in sessions.items():
            costs[name].append(_call_us(session) - _call_us(plain))
    for name, found in costs.items():
        print(
            f"{name}: {median(found):.1f} µs a call beside the plain Session (at most {LIMIT_US:.0f} are wanted)"
        )
    return int(any(median(found) > LIMIT_US for found in costs.values()))


def _call_us(session: requests.Session) -> float:
    request = requests.Request("GET", "http://upstream.test/").prepare()
    began_s = time.process_time()
    for _ in range(CALLS):
        session.send(request, timeout=None, allow_redirects=False, stream=True)
    return (time.process_time() - began_s) / CALLS * 1e6


if __name__ == "__main__":
    sys.exit(main())
