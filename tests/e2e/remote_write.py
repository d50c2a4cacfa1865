"""Writes native histograms to a Prometheus by its remote-write protocol: protobuf, compressed with snappy.

No client library for Python exposes native histograms; the messages are those of Prometheus' `prompb`.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Any

import snappy
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SCHEMA = 3
"""Eight buckets for each power of two."""
_TYPES = {"string": 9, "uint64": 4, "double": 1, "sint32": 17, "sint64": 18, "int64": 3, "uint32": 13}
_MESSAGES: dict[str, list[tuple[str, int, str, bool]]] = {
    "Label": [("name", 1, "string", False), ("value", 2, "string", False)],
    "BucketSpan": [("offset", 1, "sint32", False), ("length", 2, "uint32", False)],
    "Histogram": [
        ("count_int", 1, "uint64", False), ("sum", 3, "double", False), ("schema", 4, "sint32", False),
        ("zero_threshold", 5, "double", False), ("zero_count_int", 6, "uint64", False),
        ("positive_spans", 11, "BucketSpan", True), ("positive_deltas", 12, "sint64", True),
        ("timestamp", 15, "int64", False),
    ],
    "TimeSeries": [("labels", 1, "Label", True), ("histograms", 4, "Histogram", True)],
    "WriteRequest": [("timeseries", 1, "TimeSeries", True)],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistogramSample:
    """All values that were observed until `at_s` (Unix seconds), each in seconds and above 0."""

    at_s: float
    values_s: Sequence[float]


def write_histograms(url: str, labels: Mapping[str, str], samples: Sequence[HistogramSample]) -> None:
    """Writes the samples of one series, whose labels include `__name__`."""
    request = _class("WriteRequest")()
    series = request.timeseries.add()
    for name, value in sorted(labels.items()):
        series.labels.add(name=name, value=value)
    for sample in samples:
        _fill(series.histograms.add(), sample)
    headers = {
        "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }  # fmt: skip
    body = snappy.compress(request.SerializeToString())
    urllib.request.urlopen(urllib.request.Request(f"{url}/api/v1/write", body, headers), timeout=10).close()


def _fill(histogram: Any, sample: HistogramSample) -> None:
    counts: dict[int, int] = {}
    for value_s in sample.values_s:
        index = ceil(log2(value_s) * 2**SCHEMA - 1e-9)
        counts[index] = counts.get(index, 0) + 1
    histogram.count_int, histogram.sum = len(sample.values_s), sum(sample.values_s)
    histogram.schema, histogram.timestamp = SCHEMA, round(sample.at_s * 1000)
    histogram.zero_threshold = 1e-9
    before, after = 0, 0
    for index in sorted(counts):
        histogram.positive_spans.add(offset=index - after, length=1)
        histogram.positive_deltas.append(counts[index] - before)
        before, after = counts[index], index + 1


def _class(name: str) -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="remote_write.proto", package="prometheus", syntax="proto3"
    )
    for message, fields in _MESSAGES.items():
        found = file.message_type.add(name=message)
        for field, number, kind, repeated in fields:
            label = 3 if repeated else 1
            if kind in _TYPES:
                found.field.add(name=field, number=number, type=_TYPES[kind], label=label)
            else:
                found.field.add(
                    name=field, number=number, type=11, type_name=f".prometheus.{kind}", label=label
                )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"prometheus.{name}"))
