"""A HAR (HTTP Archive 1.2), as Chromium's developer tools save it: the order, times and routes of one user's requests.

Of each request its method, the path as a template, the status and the times are kept: no query, header, cookie or body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import numpy as np
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from harness.analyse.learning.shares import quantile
from harness.model.errors import ConfigError
from harness.model.learned import Unknown
from harness.model.visit import LearnedVisit, VisitStep
from harness.observe.label_bounds import route_template
from mock_upstream.config.regular_file import UnreadableFileError, read_file
from mock_upstream.config.syntax import SyntaxProblem, parse_json

MOST_BYTES, MOST_VALUES, MOST_STEPS = 64_000_000, 5_000_000, 500
LEAST_THINK_S = 0.001
STATISTICS = ("p50", "p95")


def _unix_s(text: object) -> float:
    return datetime.fromisoformat(str(text)).timestamp()


class _Request(BaseModel):
    method: Annotated[str, Field(pattern=r"^[A-Z]{1,20}$")]
    url: str


class _Response(BaseModel):
    status: Annotated[int, Field(ge=0, le=999)] = 0


class _Timings(BaseModel):
    wait: Annotated[float, Field(ge=-1, le=1e9)] = -1.0


class _Entry(BaseModel):
    """One request. Durations are in milliseconds, as the format has them."""

    begin_s: Annotated[float, BeforeValidator(_unix_s), Field(alias="startedDateTime", ge=0, le=1e11)]
    time: Annotated[float, Field(ge=0, le=1e9)]
    request: _Request
    response: _Response = _Response()
    timings: _Timings = _Timings()
    from_cache: Annotated[str | None, Field(alias="_fromCache")] = None

    @property
    def host(self) -> str:
        """Host and port; empty for a URL that is not one of HTTP, or that cannot be read."""
        try:
            parts = urlsplit(self.request.url)
        except ValueError:
            return ""
        return parts.netloc.rpartition("@")[2] if parts.scheme in {"http", "https"} else ""

    @property
    def end_s(self) -> float:
        """When its body had been read."""
        return self.begin_s + self.time / 1e3


class _Log(BaseModel):
    entries: list[_Entry]


class _Har(BaseModel):
    log: _Log


def learned_visit(path: Path, host: str = "") -> LearnedVisit:
    """The requests to one host: the given one, else the one with the most. Raises ConfigError."""
    entries = _entries(path)
    sent = [each for each in entries if each.host and each.from_cache is None]
    hosts = Counter(each.host for each in sent)
    if not hosts:
        raise ConfigError(
            str(path), "", "holds no request over HTTP; record a visit with the network panel open"
        )
    chosen = host or hosts.most_common(1)[0][0]
    if chosen not in hosts:
        known = ", ".join(name for name, _ in hosts.most_common(5))
        raise ConfigError(str(path), "", f"holds no request to {host}; give --host as one of {known}")
    if hosts[chosen] > MOST_STEPS:
        problem = f"holds {hosts[chosen]:,} requests to {chosen}; a journey has at most {MOST_STEPS}, so record less"
        raise ConfigError(str(path), "", problem)
    steps = tuple(
        _steps(sorted((each for each in sent if each.host == chosen), key=lambda each: each.begin_s))
    )
    others = tuple((name, count) for name, count in hosts.most_common() if name != chosen)
    waits_s = np.array([each.response_s for each in steps if each.status])
    response = [quantile(f"response.{name}", waits_s, name) for name in STATISTICS] if len(waits_s) else []
    return LearnedVisit(
        file=str(path), host=chosen, steps=steps, others=others, without_network=len(entries) - len(sent),
        response=tuple(response), unknown=tuple(_unknowns(steps)),
    )  # fmt: skip


def _entries(path: Path) -> list[_Entry]:
    try:
        return _Har.model_validate(parse_json(read_file(path, MOST_BYTES), MOST_VALUES)).log.entries
    except (UnreadableFileError, SyntaxProblem) as problem:
        raise ConfigError(str(path), "", str(problem)) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            str(path), key, f"is not as HAR 1.2 has it: {first['msg']}; export it again"
        ) from None


def _steps(entries: Sequence[_Entry]) -> Iterator[VisitStep]:
    done_s = entries[0].begin_s
    for each in entries:
        idle_s = each.begin_s - done_s
        path = route_template(urlsplit(each.request.url).path or "/")
        yield VisitStep(
            route=f"{each.request.method} {path}", at_s=round(each.begin_s - entries[0].begin_s, 3),
            think_s=round(idle_s, 3) if idle_s >= LEAST_THINK_S else 0.0,
            response_s=round(max(0.0, each.timings.wait) / 1e3, 6), status=each.response.status, beside=idle_s < 0,
        )  # fmt: skip
        done_s = max(done_s, each.end_s)


def _unknowns(steps: Sequence[VisitStep]) -> Iterator[Unknown]:
    yield Unknown(quantity="how many users come, and how often", why="a HAR is one visit of one user")
    yield Unknown(quantity="number of workers", why="the requests of one user hardly wait for each other")
    yield Unknown(
        quantity="share of errors", why="each route was requested a few times only; none is written"
    )
    if beside := sum(each.beside for each in steps):
        why = f"{beside} of {len(steps)} requests began while others were under way; the journey sends them in turn"
        yield Unknown(quantity="what the browser sends at the same time", why=why)
