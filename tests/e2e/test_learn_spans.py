"""Spans that OpenTelemetry's own SDK writes as OTLP JSON are read as the attempts that they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

from harness.learn.estimate import learn
from tests.unit.harness.learn.logs import requests

OF = requests(3000)


def test_spans_of_the_sdk_tell_workers_and_routes(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(FileSpanExporter(path), max_queue_size=4000))
    tracer = provider.get_tracer("test")
    for begin_s, end_s in zip(OF.arrived_s, OF.ended_s, strict=True):
        attributes = {
            "http.request.method": "GET", "url.full": "http://api.example.com/orders/17?token=x",
            "http.response.status_code": 200,
        }  # fmt: skip
        span = tracer.start_span(
            "GET", kind=SpanKind.CLIENT, attributes=attributes, start_time=int(begin_s * 1e9)
        )
        span.end(int(end_s * 1e9))
    provider.shutdown()

    found = learn([path])

    assert (found.kind, found.requests) == ("OpenTelemetry spans", 3000)
    assert [route.route for route in found.routes] == ["GET /orders/{id}"]
    assert found.workers is not None
    assert found.workers.value == pytest.approx(8, abs=1)
