"""The page of Prometheus, where none answers."""

from __future__ import annotations

import pytest

from harness.model.errors import PrometheusError
from harness.observe.prometheus_api import Prometheus
from tests.behaviour.visits import opened, rendered_text


def test_a_prometheus_that_is_down_is_named_and_no_run_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> list[str]:
        raise PrometheusError("http://127.0.0.1:9", "", "cannot be reached: connection refused")

    monkeypatch.setenv("SURGELINE_PROMETHEUS_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(Prometheus, "label_values", refused)
    app = opened("prometheus")
    assert "Prometheus can't be read." in app.error[0].value
    text = rendered_text(app)
    assert "http://127.0.0.1:9" in text
    assert "Start Prometheus, or correct its address in `SURGELINE_PROMETHEUS_URL`." in text
    assert "run can't be shown" not in text
