"""A visit is learned from a HAR: order, think times and routes, and nothing that may be secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.learn.har import MOST_STEPS, learned_visit
from harness.model.errors import ConfigError
from tests.unit.harness.learn.hars import entry, write_har

SHOP = "https://shop.example"


def test_requests_come_in_order_with_the_time_that_nothing_was_under_way(tmp_path: Path) -> None:
    path = write_har(
        tmp_path / "v.har",
        entry(2.0, "POST", f"{SHOP}/orders", status=201),
        entry(0.0, "GET", f"{SHOP}/orders?token=x"),
        entry(0.5, "GET", f"{SHOP}/orders/17", took_ms=100),
    )
    found = learned_visit(path)

    assert [each.route for each in found.steps] == ["GET /orders", "GET /orders/{id}", "POST /orders"]
    assert [each.think_s for each in found.steps] == [0.0, 0.47, 1.4]
    assert [each.response_s for each in found.steps] == [0.02, 0.09, 0.02]
    assert (found.duration_s, found.steps[-1].status) == (2.0, 201)
    assert "token" not in repr(found)


def test_a_request_beside_another_has_no_think_time_and_that_is_said(tmp_path: Path) -> None:
    path = write_har(
        tmp_path / "v.har",
        entry(0.0, "GET", f"{SHOP}/a", took_ms=500), entry(0.1, "GET", f"{SHOP}/b"), entry(0.6, "GET", f"{SHOP}/c"),
    )  # fmt: skip
    found = learned_visit(path)

    assert [(each.think_s, each.beside) for each in found.steps] == [(0.0, False), (0.0, True), (0.1, False)]
    assert "1 of 3 requests began while others were under way" in found.unknown[-1].why


def test_the_host_with_the_most_requests_is_used_and_the_others_are_named(tmp_path: Path) -> None:
    path = write_har(
        tmp_path / "v.har",
        entry(0.0, "GET", "https://cdn.example/a.js"),
        entry(0.1, "GET", f"{SHOP}/a"),
        entry(0.2, "GET", f"{SHOP}/b"),
        entry(0.3, "GET", "data:image/png;base64,AA"),
        entry(0.4, "GET", f"{SHOP}/logo.png", _fromCache="memory"),
    )
    found = learned_visit(path)

    assert (found.host, found.others, found.without_network) == ("shop.example", (("cdn.example", 1),), 2)
    assert [each.route for each in learned_visit(path, "cdn.example").steps] == ["GET /a.js"]
    with pytest.raises(
        ConfigError, match=r"holds no request to b\.example; give --host as one of shop\.example"
    ):
        learned_visit(path, "b.example")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not valid JSON"),
        ("[]", "is not as HAR 1.2 has it"),
        (
            '{"log": {"entries": []}}',
            "holds no request over HTTP; record a visit with the network panel open",
        ),
        (
            '{"log": {"entries": [{"startedDateTime": "soon"}]}}',
            "log.entries.0.startedDateTime is not as HAR 1.2",
        ),
    ],
)
def test_what_is_no_har_is_one_line(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "v.har"
    path.write_text(text)

    with pytest.raises(ConfigError) as raised:
        learned_visit(path)
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_journey_has_at_most_500_requests(tmp_path: Path) -> None:
    many = (entry(n, "GET", f"{SHOP}/a") for n in range(MOST_STEPS + 1))

    with pytest.raises(ConfigError, match=r"holds 501 requests to shop\.example; a journey has at most 500"):
        learned_visit(write_har(tmp_path / "v.har", *many))
