"""From a file to the estimates, each with n and an interval, or among what cannot be known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from harness.learn import estimate
from harness.learn.estimate import held_back, learn
from harness.learn.second_source import SecondFiles
from harness.model.errors import ConfigError
from harness.model.learned import Learned
from tests.unit.harness.analyse.learning.queues import served
from tests.unit.harness.learn.logs import NGINX, Served, journal_lines, requests, text_lines, write

OF = requests(4500)


@pytest.fixture(scope="module")
def from_nginx(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    return learn([write(tmp_path_factory.mktemp("learn") / "access.log", text_lines(NGINX, OF))])


def test_workers_and_service_times_are_those_of_the_server(from_nginx: Learned) -> None:
    assert from_nginx.workers is not None
    assert from_nginx.workers.value == 8
    assert from_nginx.service[0].value == pytest.approx(np.median(OF.service_s), rel=0.03)


def test_every_number_has_n_and_an_interval_around_it(from_nginx: Learned) -> None:
    measured = [from_nginx.arrivals.mean, from_nginx.workers, from_nginx.load, *from_nginx.service]
    for each in (*measured, *from_nginx.response[:2]):
        assert each is not None
        assert each.n > 4000
        assert each.low is not None
        assert each.high is not None
        assert each.low <= each.number <= each.high, each


def test_errors_are_counted_by_route_and_status(from_nginx: Learned) -> None:
    [route] = from_nginx.routes

    assert route.route == "GET /orders/{id}"
    assert route.errors.value == pytest.approx(0.02)
    assert route.statuses == ((500, 0.02),)


def test_a_server_s_log_does_not_tell_retries(from_nginx: Learned) -> None:
    assert from_nginx.attempts_per_call is None
    assert "retries" in {each.quantity for each in from_nginx.unknown}


def test_what_no_source_tells_is_always_listed(from_nginx: Learned) -> None:
    quantities = {each.quantity for each in from_nginx.unknown}

    assert {"traffic of other clients", "order of the queue", "limit of the queue"} <= quantities


def test_a_journal_tells_attempts_per_call(tmp_path: Path) -> None:
    lines = journal_lines(OF)
    again = [json.dumps({**json.loads(line), "attempt": 1}) for line in lines[::10]]
    found = learn([write(tmp_path / "journal", lines + again)])

    assert found.attempts_per_call is not None
    assert found.attempts_per_call.value == pytest.approx(1.1, abs=0.01)


def test_a_timeout_leaves_the_tail_unknown(tmp_path: Path) -> None:
    response_s = OF.ended_s - OF.arrived_s
    late = response_s > 0.1
    seen = Served(OF.arrived_s, np.where(late, OF.arrived_s + 0.1, OF.ended_s), OF.service_s)
    lines = [
        line.replace('"status": 200, "error": ""', '"status": 0, "error": "read_timeout"')
        if late[n]
        else line
        for n, line in zip(np.argsort(seen.ended_s), journal_lines(seen), strict=True)
    ]
    found = learn([write(tmp_path / "journal", lines)])

    assert found.response[2].value is None
    assert found.response[2].low == pytest.approx(0.1, abs=0.002)
    assert "p99 of response times" in {each.quantity for each in found.unknown}
    assert found.timed_out.value == pytest.approx(late.mean())


def test_without_a_queue_the_workers_are_unknown(tmp_path: Path) -> None:
    of = served("lognormal", 0.1, 4500, workers=100)
    found = learn([write(tmp_path / "journal", journal_lines(of))])

    assert (found.workers, found.load) == (None, None)
    assert found.unknown[0].quantity == "number of workers"
    assert found.unknown[0].why.startswith("requests are not seen to wait for each other; there are ")


def test_the_first_share_can_be_used_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "journal", journal_lines(OF))

    assert learn([path], first_share=2 / 3).requests == 3000
    assert held_back([path], "", 2 / 3)[0].n == 1500


def test_refusals_of_the_worker_count_no_worker(tmp_path: Path) -> None:
    rejected = json.loads(journal_lines(OF)[0]) | {"status": 503}
    lines = journal_lines(OF)
    extra = [
        json.dumps({**rejected, "sent_s": OF.arrived_s[n], "answered_s": OF.arrived_s[n] + 0.0005})
        for n in range(0, 4500, 10)
    ]
    found = learn([write(tmp_path / "journal", lines + extra)])

    assert found.workers is not None
    assert found.workers.value == 8


def test_of_a_long_source_the_busiest_stretch_gives_the_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "MOST_FOR_WORKERS", 3000)
    quiet = requests(3000, load=0.1)
    busy_s = float(quiet.arrived_s[-1]) - 1_800_000_000.0 + 1.0
    lines = journal_lines(quiet) + journal_lines(
        Served(OF.arrived_s[:3000] + busy_s, OF.ended_s[:3000] + busy_s, OF.service_s[:3000])
    )
    found = learn([write(tmp_path / "journal", lines)])

    assert found.workers is not None
    assert found.workers.value == pytest.approx(8, abs=1)


def test_bad_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds 200 requests"):
        learn([write(tmp_path / "journal", journal_lines(requests(200)))])


def test_a_second_source_shows_hidden_traffic(tmp_path: Path) -> None:
    lines = journal_lines(OF)
    journal = write(tmp_path / "journal", [line for n, line in enumerate(lines) if n % 3])
    found = learn([journal], beside=SecondFiles([write(tmp_path / "log", text_lines(NGINX, OF))]))

    assert found.hidden is not None
    assert found.hidden.value == pytest.approx(1 / 3, abs=0.02)
    assert "number of workers for all traffic" in {each.quantity for each in found.unknown}


def test_a_second_source_that_agrees_shows_none(tmp_path: Path) -> None:
    journal, log = (
        write(tmp_path / "journal", journal_lines(OF)),
        write(tmp_path / "log", text_lines(NGINX, OF)),
    )
    found = learn([journal], beside=SecondFiles([log]))

    assert found.hidden is not None
    assert found.hidden.value == pytest.approx(0.0, abs=0.005)
    assert not {each.quantity for each in found.unknown} & {
        "traffic of other clients",
        "number of workers for all traffic",
    }


def test_a_second_source_of_another_time_is_refused(tmp_path: Path) -> None:
    later = Served(OF.arrived_s + 1000, OF.ended_s + 1000, OF.service_s)
    files = write(tmp_path / "journal", journal_lines(OF)), write(tmp_path / "log", journal_lines(later))
    with pytest.raises(ConfigError, match="has less than 12 s in common with the first source"):
        learn([files[0]], beside=SecondFiles([files[1]]))
