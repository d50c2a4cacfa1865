"""Logs and journals of requests that a queue with eight workers served."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.unit.harness.analyse.learning.queues import Served, served

EPOCH_S = 1_800_000_000.0
_COMBINED = '10.0.0.1 - - [15/Jan/2027:08:00:00 +0000] "GET /orders/{n}?q=1 HTTP/1.1" {status} 5 "-" "curl" '
NGINX = _COMBINED + "{end:.3f} {took:.3f}"
APACHE = _COMBINED + "{begin_us:.0f} {took_us:.0f}"


def requests(n: int = 1500, load: float = 0.8, seed: int = 2) -> Served:
    """Lognormal service times; arrivals begin at a fixed moment."""
    of = served("lognormal", load, n, seed)
    return Served(of.arrived_s + EPOCH_S, of.ended_s + EPOCH_S, of.service_s)


def text_lines(form: str, of: Served) -> list[str]:
    """Lines of an access log, in the order in which requests ended; every fiftieth failed with 500."""
    return [
        form.format(
            n=n, status=500 if n % 50 == 0 else 200, end=of.ended_s[n], took=of.ended_s[n] - of.arrived_s[n],
            begin_us=of.arrived_s[n] * 1e6, took_us=(of.ended_s[n] - of.arrived_s[n]) * 1e6,
        )
        for n in np.argsort(of.ended_s)
    ]  # fmt: skip


def journal_lines(of: Served, **changed: object) -> list[str]:
    """Lines of a journal, with other values for some fields."""
    row = {
        "schema": 1, "service": "orders", "share": 1.0, "process": 1, "attempt": 0, "route": "GET /orders/{id}",
        "host": "http://a", "connect_s": 0.0, "new_connection": False, "status": 200, "error": "",
    }  # fmt: skip
    return [
        json.dumps({**row, "call": int(n), "sent_s": of.arrived_s[n], "answered_s": of.ended_s[n], **changed})
        for n in np.argsort(of.ended_s)
    ]


def write(path: Path, lines: list[str]) -> Path:
    """Writes the lines to a file, and returns its path."""
    path.write_text("".join(line + "\n" for line in lines))
    return path
