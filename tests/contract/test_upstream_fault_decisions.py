"""The same attempts get identical fault decisions: one client in order, sixteen shuffled, and after a restart."""

import http.client
import random
import threading
from collections.abc import Sequence

import pytest

from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile

_PROFILE = build(
    Profile,
    {
        "name": "decisions",
        "seed": 7,
        "fault": [
            {"kind": "status", "status": 503, "ratio": 0.2},
            {"kind": "status", "status": 429, "ratio": 0.1, "name": "quota"},
            {"kind": "garble", "ratio": 0.3},
        ],
    },
    "test",
)
_ASKED = [(f"{key}.1", attempt) for key in range(1000) for attempt in range(3)]
_Fates = dict[tuple[str, int], tuple[int, str]]


def _ask(upstream: EmbeddedUpstream, asked: Sequence[tuple[str, int]]) -> None:
    host, port = upstream.url.removeprefix("http://").split(":")
    client = http.client.HTTPConnection(host, int(port), timeout=10)
    for key, attempt in asked:
        headers = {"X-Surgeline-Key": key, "X-Surgeline-Attempt": str(attempt)}
        client.request("GET", "/hello", headers=headers)
        client.getresponse().read()
    client.close()


def _fates(clients: int, order: Sequence[tuple[str, int]]) -> _Fates:
    with EmbeddedUpstream(_PROFILE) as upstream:
        shares = [order[number::clients] for number in range(clients)]
        threads = [threading.Thread(target=_ask, args=(upstream, share)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        book = upstream.upstream.ledger
    _, lost, rows = book.read(0, 10_000)
    assert (lost, len(rows)) == (0, len(order))
    return {(str(row[0]), int(str(row[1]))): (int(str(row[14])), str(row[13])) for row in rows}


@pytest.fixture(scope="module")
def in_order() -> _Fates:
    return _fates(1, _ASKED)


def test_sixteen_shuffled_clients_get_identical_fault_decisions(in_order: _Fates) -> None:
    assert _fates(16, random.Random(1).sample(_ASKED, len(_ASKED))) == in_order


def test_a_restart_changes_nothing(in_order: _Fates) -> None:
    assert _fates(1, list(reversed(_ASKED))) == in_order


def test_each_rule_hits_its_share(in_order: _Fates) -> None:
    hit = [fault for _, fault in in_order.values()]

    # Four standard errors of 3,000 throws.
    assert abs(sum("status" in fault for fault in hit) / 3000 - 0.2) < 0.03
    assert abs(sum("quota" in fault for fault in hit) / 3000 - 0.1) < 0.022
    assert abs(sum("garble" in fault for fault in hit) / 3000 - 0.3) < 0.034
