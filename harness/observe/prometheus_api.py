"""Queries a Prometheus server: values at a time, series over time, values of a label.

The client libraries for this that exist either bring plotting and date parsing along or are not maintained; three
paths of a stable HTTP API need neither.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from math import inf
from typing import Any
from urllib.parse import urlsplit

from harness.model.errors import PrometheusError
from harness.observe.direct_http import open_url

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """One series: its labels, the times of its samples (Unix seconds, ascending) and their values, in equal number."""

    labels: Mapping[str, str]
    times_s: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def last(self) -> float:
        """The newest value."""
        return self.values[-1]


@dataclass(frozen=True, slots=True)
class NativeHistogram:
    """One native histogram: its buckets as (low, high, count), ascending, each alone."""

    buckets: tuple[tuple[float, float, float], ...]

    def cumulative(self) -> dict[float, float]:
        """The count of what was at most each bound, ascending; the last bound is infinite."""
        found, total = dict[float, float](), 0.0
        for low, high, count in self.buckets:
            if low > 0:
                found.setdefault(low, total)
            total += count
            found[high] = total
        return {**found, inf: total}


class Prometheus:
    """A Prometheus server at `url`. Every method raises PrometheusError when it cannot be reached or refuses."""

    def __init__(self, url: str) -> None:
        try:
            scheme = urlsplit(url).scheme
        except ValueError:
            scheme = ""
        if scheme not in {"http", "https"}:
            raise PrometheusError("Prometheus", url, "is not a URL; write http://HOST:PORT")
        self.url = url.rstrip("/")

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        """The value of an expression at one time, in Unix seconds; now when none is given.

        A range selector (`x[5m]`) returns all its samples, any other expression one for each series.
        """
        moment = {} if at_s is None else {"time": f"{at_s:.3f}"}
        return _lines(self._ask("query", query=expression, **moment))

    def over(self, expression: str, start_s: float, end_s: float, step_s: float = 1.0) -> list[TimeSeries]:
        """The values of an expression from `start_s` to `end_s`, every `step_s`; at most 11,000 steps."""
        window = {"start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{step_s:g}"}
        return _lines(self._ask("query_range", query=expression, **window))

    def histogram_at(self, expression: str, at_s: float) -> NativeHistogram | None:
        """The native histogram that an expression gives at one time, in Unix seconds; None when it gives none."""
        data = self._ask("query", query=expression, time=f"{at_s:.3f}")
        with _readable(self.url):
            found = [series["histogram"][1] for series in data["result"] if "histogram" in series]
            if not found:
                return None
            buckets = [[float(part) for part in bucket[1:4]] for bucket in found[0].get("buckets", ())]
            return NativeHistogram(tuple((low, high, count) for low, high, count in buckets))

    def label_values(self, label: str, series: str) -> list[str]:
        """The values that a label ever had on the series that a selector names, sorted."""
        found = self._ask(f"label/{label}/values", **{"match[]": series})
        return sorted(str(value) for value in found)

    def _ask(self, path: str, **parameters: str) -> Any:
        query = urllib.parse.urlencode(parameters)
        try:
            request = urllib.request.Request(f"{self.url}/api/v1/{path}?{query}")  # noqa: S310 - http(s), see __init__
            with open_url(request, TIMEOUT_S) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            raise PrometheusError("Prometheus", self.url, f"refused the query: {_reason(refusal)}") from None
        except (OSError, HTTPException) as error:
            why = error.reason if isinstance(error, urllib.error.URLError) else error
            raise PrometheusError(
                "Prometheus", self.url, f"cannot be reached: {why}; check that it is running"
            ) from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _unlike(self.url) from None


def _unlike(url: str) -> PrometheusError:
    return PrometheusError("Prometheus", url, "does not respond like Prometheus; check the URL")


@contextmanager
def _readable(url: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError):
        raise _unlike(url) from None


def _lines(data: Any) -> list[TimeSeries]:
    """The series of numbers, and of native histograms their counts."""
    found = []
    for series in data["result"]:
        if "histogram" in series or "histograms" in series:
            samples = series["histograms"] if "histograms" in series else [series["histogram"]]
            samples = [(at_s, histogram["count"]) for at_s, histogram in samples]
            found.append(_series(series["metric"], samples))
            continue
        samples = series["values"] if "values" in series else [series["value"]]
        found.append(_series(series["metric"], samples))
    return found


def _series(labels: Mapping[str, str], samples: Any) -> TimeSeries:
    times_s, values = zip(*((float(at_s), float(value)) for at_s, value in samples), strict=True)
    return TimeSeries(labels, times_s, values)


def _reason(refusal: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(refusal)["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"{refusal.code} {refusal.reason}"
