"""The table `[limiter]` of a policy: its defaults, and one line for each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from mock_upstream.config.toml import build


def _policy(limiter: dict[str, Any], **tables: Any) -> Policy:
    return build(Policy, {"name": "p", "limiter": limiter, **tables}, "p.toml")


@pytest.mark.parametrize(
    ("kind", "begins_at", "most"),
    [
        ("aimd", 20, 200),
        ("vegas", 20, 1000),
        ("gradient2", 20, 200),
        ("envoy", 3, 1000),
        ("failsafe", 20, 200),
    ],
)
def test_the_defaults_are_the_sources_but_for_the_least_limit(kind: str, begins_at: int, most: int) -> None:
    limiter = _policy({"kind": kind}).limiter
    assert limiter is not None
    assert (limiter.begins_at, limiter.least, limiter.most) == (begins_at, 1, most)
    assert (limiter.window_s, limiter.max_wait_s) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("limiter", "tables", "expected"),
    [
        ({}, {}, "limiter.kind"),
        ({"kind": "vegs"}, {}, "limiter.kind"),
        ({"kind": "vegas", "queue": 4}, {}, "limiter.queue"),
        ({"kind": "vegas", "least": 0}, {}, "limiter.least"),
        ({"kind": "vegas", "least": 30}, {}, "not between least = 30 and most = 1000"),
        ({"kind": "envoy", "most": 2}, {}, "begins with a limit of 3"),
        ({"kind": "vegas", "window_s": 61}, {}, "limiter.window_s"),
        ({"kind": "vegas", "max_wait_s": -1}, {}, "limiter.max_wait_s"),
        ({"kind": "aimd", "timeout_s": float("inf")}, {}, "limiter.timeout_s"),
        ({"kind": "vegas"}, {"transport": "httpx"}, "[limiter], which only requests supports"),
    ],
)
def test_a_wrong_table_is_one_line(limiter: dict[str, Any], tables: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        _policy(limiter, **tables)
    assert expected in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
