"""A HAR that Chromium itself wrote of a visit to the mock upstream becomes a journey that repeats the visit."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.learn.har import learned_visit
from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile
from tests.conftest import needs
from tests.e2e.har_recorder import har_recorder

PAGE = """
<html><link rel="icon" href="data:,"><script>
const pause = ms => new Promise(done => setTimeout(done, ms));
(async () => {
    await fetch('/orders?token=x');
    await pause(400);
    await fetch('/orders/17');
    await Promise.all([fetch('/orders/18'), fetch('/orders', {method: 'POST', body: '{}'})]);
    document.title = 'bought';
})();
</script></html>
"""
PROFILE = {
    "name": "shop", "service_time": {"distribution": "fixed", "value_s": 0.05},
    "route": [{"path": "/shop", "body": PAGE, "content_type": "text/html"}],
}  # fmt: skip


def test_a_visit_is_learned_as_the_browser_made_it(tmp_path: Path) -> None:
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    har = tmp_path / "visit.har"
    with (
        EmbeddedUpstream(build(Profile, PROFILE, "shop")) as upstream,
        har_recorder(tmp_path / "p") as recorder,
    ):
        recorder.visit(f"{upstream.url}/shop", "bought")
        recorder.save(har)
    assert '"creator":{"name":"WebInspector"' in har.read_text()
    found = learned_visit(har)

    routes = [each.route for each in found.steps]
    assert routes[:3] == ["GET /shop", "GET /orders", "GET /orders/{id}"]
    assert sorted(routes[3:]) == ["GET /orders/{id}", "POST /orders"]
    assert found.steps[2].think_s == pytest.approx(0.4, abs=0.15)
    assert found.steps[4].beside
    assert all(each.response_s >= 0.045 for each in found.steps)
    assert "token" not in repr(found)
