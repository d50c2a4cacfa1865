"""Tables of calls give every duration with its unit, and say what was not there."""

from __future__ import annotations

from dashboard.data.call_table import (
    call_sentence,
    call_table,
    calls_markdown,
    request_text,
    waterfall_table,
)
from harness.analyse.measure.waterfall import waterfall
from harness.model.call import Attempt, Call, Outcome
from harness.model.call_query import CallRow, TracedCall
from harness.model.quantities import DURATIONS
from harness.model.served import Served
from tests.unit.dashboard import made_runs

SECONDS = {column: 0.0 for row in DURATIONS for column in row.columns}


def traced() -> TracedCall:
    attempt = Attempt(0, 10.5, "h", connect_s=0.1, first_byte_s=0.5, status=503)
    call = Call(7, 0, "GET", "/a", 10.0, 10.5, 10.5, 11.0, outcome=Outcome.HTTP_5XX, status=503)
    call.attempts.append(attempt)
    return TracedCall(
        call, 1, (Served(0, 10.7, 10.9, service_s=0.1, actual_delay_s=0.2, fault="status", status=503),)
    )


def test_a_call_without_an_answer_and_without_waits_has_dashes() -> None:
    row = CallRow(3, 1, "GET", "/a", "dropped", 0, 0, 1.5, SECONDS | {"latency_s": 0.25})
    (cells,) = call_table([row]).to_dict("records")
    assert cells == {
        "Call": "3.1", "Request": "GET /a", "Outcome": "dropped", "Status": "–", "Latency": "250 ms", "Attempts": 0,
        "Hit by": "–", "Scheduled at": "1.500 s", "Thread wait": "–", "Pool wait": "–",
        "Limiter wait": "–", "Connect": "–", "Backoff": "–",
    }  # fmt: skip


def test_a_waterfall_as_text_has_each_stretch_with_start_and_duration() -> None:
    assert waterfall_table(waterfall(traced())).to_numpy().tolist() == [
        ["call: http_5xx", "schedule lag", "0 ms", "500 ms"],
        ["attempt 1: status 503", "connect", "500 ms", "100 ms"],
        ["", "waiting for the upstream", "600 ms", "400 ms"],
        ["upstream 1: hit by status, status 503", "service", "700 ms", "100 ms"],
        ["", "delay of the response", "800 ms", "100 ms"],
    ]


def test_a_call_in_a_sentence_names_what_hit_it() -> None:
    found = traced()
    assert call_sentence(found.call, waterfall(found), 1) == (
        "GET /a, scheduled at 10.000 s, ended as http_5xx with status 503 after 1.00 s and 1 attempt. "
        "By the upstream's ledger it was hit by status."
    )


def test_a_route_that_names_its_method_is_shown_as_it_is() -> None:
    assert request_text("GET", "GET /orders") == "GET /orders"
    assert request_text("POST", "/orders") == "POST /orders"
    assert request_text("", "(no thread)") == "(no thread)"


def test_calls_as_markdown_name_their_run_and_say_which_they_are() -> None:
    run = made_runs.run_of(made_runs.CAREFUL, made_runs.scenario(), made_runs.STARTED)
    row = CallRow(3, 1, "GET", "/a|b", "dropped", 0, 0, 1.5, SECONDS | {"latency_s": 0.25})
    lines = calls_markdown(run, [row], "Calls 1 to 1 of 1.").splitlines()
    assert lines[0] == "### surgeline: calls of careful under dependency-slowdown"
    assert lines[2] == f"Run `{run.id}`. Calls 1 to 1 of 1."
    assert lines[6].startswith("| 3.1 | GET /a\\|b | dropped |")
