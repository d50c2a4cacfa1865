"""What was learned becomes files that the harness reads; what is unknown gets no value in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.inputs.scenarios import Written, read_scenario
from harness.learn.written_files import (
    SCENARIO,
    TRACE,
    UPSTREAM,
    method_of,
    path_of,
    scenario_text,
    trace_text,
    upstream_text,
)
from harness.model.learned import Learned
from tests.unit.harness.learn import made_learned
from tests.unit.harness.learn.made_learned import route


@pytest.fixture
def learned() -> Learned:
    return made_learned.learned()


def written(learned: Learned, folder: Path) -> Written:
    (folder / UPSTREAM).write_text(upstream_text(learned))
    (folder / SCENARIO).write_text(scenario_text(learned))
    (folder / TRACE).write_text(trace_text(learned))
    return read_scenario(str(folder / SCENARIO))


def test_the_files_are_read_as_an_upstream_and_a_scenario(learned: Learned, tmp_path: Path) -> None:
    found = written(learned, tmp_path)

    assert found.upstream.capacity.workers == 8
    assert found.upstream.service_time == learned.law
    assert found.scenario.duration_s == 60.0
    assert [each.name for each in found.scenario.mix] == [each.route for each in learned.routes]


def test_a_path_without_an_id_is_matched_before_one_with_an_id(learned: Learned, tmp_path: Path) -> None:
    paths = [each.path for each in written(learned, tmp_path).upstream.route]

    assert paths.index("/orders/search") < paths.index("/orders/*")


def test_errors_become_faults_of_their_route(learned: Learned, tmp_path: Path) -> None:
    [fault] = written(learned, tmp_path).upstream.fault

    assert (fault.kind, fault.ratio, fault.route, fault.method) == ("status", 0.02, "/orders/*", "GET")


def test_an_unknown_number_of_workers_is_not_written(learned: Learned, tmp_path: Path) -> None:
    unknown = learned.model_copy(update={"workers": None, "load": None})

    assert written(unknown, tmp_path).upstream.capacity.workers is None


def test_what_cannot_be_known_is_a_comment(learned: Learned) -> None:
    assert "# order of the queue cannot be known from this: it was assumed" in upstream_text(learned)


def test_bursts_are_replayed_as_they_came(learned: Learned, tmp_path: Path) -> None:
    bursty = learned.arrivals.model_copy(update={"kind": "bursty", "times_s": (0.0, 0.001, 0.5)})
    found = written(learned.model_copy(update={"arrivals": bursty}), tmp_path)

    [phase] = found.scenario.arrivals
    assert phase.shape == "replay"
    assert phase.times_s == (0.0, 0.001, 0.5)


def test_paced_arrivals_stay_paced(learned: Learned, tmp_path: Path) -> None:
    paced = learned.arrivals.model_copy(update={"kind": "constant"})
    [phase] = written(learned.model_copy(update={"arrivals": paced}), tmp_path).scenario.arrivals

    assert (phase.shape, phase.spacing) == ("steps", "constant")


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        ("GET /orders/{id}", "GET", "/orders/*"),
        ("POST /v1/orders", "POST", "/v1/orders"),
        ("/orders/{id}/items", "GET", "/orders/*/items"),
        ("GET api.example.com:8080", "GET", "/api-example-com-8080"),
        ("(other)", "GET", "/other"),
        ("GET /a[b]?*", "GET", "/a_b___"),
    ],
)
def test_a_route_gives_method_and_path(name: str, method: str, path: str) -> None:
    assert (method_of(name), path_of(name)) == (method, path)


def test_quotes_and_control_characters_of_a_route_stay_inside_their_string(
    learned: Learned, tmp_path: Path
) -> None:
    odd = learned.model_copy(update={"routes": (route('GET /a"]\nname = "x', 1.0, (500, 0.1)),)})

    assert written(odd, tmp_path).scenario.mix[0].name == 'GET /a"]\nname = "x'
