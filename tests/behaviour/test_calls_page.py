"""The page of calls: what the address says is shown, and what is chosen is in the address."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from harness.model.call_query import CallFilter, CallOrder, CallQuery
from harness.record.call_store import CallStore
from tests.behaviour.visits import opened, rendered_text
from tests.unit.dashboard import made_runs

SCHEMA_1 = Path(__file__).parents[1] / "fixtures" / "schema_1"


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Call"])


def test_the_slowest_calls_come_first(root: Path, made: dict[str, Path]) -> None:
    slowest = [row.key for row in CallStore(made["textbook"]).page(CallQuery()).rows]
    assert listed(opened("calls", run=made["textbook"].name)) == slowest


def test_without_a_run_the_newest_is_shown(root: Path, made: dict[str, Path]) -> None:
    newest = [row.key for row in CallStore(made["live"]).page(CallQuery()).rows]
    assert listed(opened("calls")) == newest


def test_an_empty_folder_says_which_command_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    assert "surgeline compare dependency-slowdown" in rendered_text(opened("calls"))


def test_a_run_that_is_not_there_says_so(root: Path) -> None:
    assert "no run matches" in rendered_text(opened("calls", run="../../etc/passwd"))


def test_the_address_sets_every_widget(root: Path, made: dict[str, Path]) -> None:
    app = opened(
        "calls",
        run=made["textbook"].name,
        outcome="ok",
        status="200",
        fault="slowdown",
        attempts="2",
        slower="0.2",
        order="earliest",
        moment="under-way",
        **{"from": "11", "until": "17"},
    )
    assert [widget.value for widget in app.multiselect] == [["ok"], [200], []]
    assert [widget.value for widget in app.number_input] == [2, 0.2, None, 11.0, 17.0]
    assert app.selectbox(key="calls-fault").value == "slowdown"
    assert app.selectbox(key="calls-order").value == CallOrder.EARLIEST
    wanted = CallFilter(outcomes=("ok",), fault="slowdown", attempts=2, slower_s=0.2, from_s=11, until_s=17)
    assert "hit by slowdown; at least 2 attempts; latency at least 0\\.2 s" in rendered_text(app)
    assert len(listed(app)) <= CallStore(made["textbook"]).page(CallQuery(wanted)).total


def test_a_chosen_filter_is_in_the_address_and_starts_at_the_first_page(
    root: Path, made: dict[str, Path]
) -> None:
    app = opened("calls", run=made["textbook"].name, page="3")
    app.multiselect(key="calls-outcomes").set_value(["any failure"]).run()
    assert dict(app.query_params) == {"run": made["textbook"].name, "outcome": "any failure"}
    total = CallStore(made["textbook"]).page(CallQuery(CallFilter(outcomes=("any failure",)))).total
    assert f"of {total}, slowest first" in rendered_text(app)


def test_a_filter_that_is_taken_back_leaves_the_address(root: Path, made: dict[str, Path]) -> None:
    app = opened("calls", run=made["textbook"].name, slower="0.5")
    app.number_input(key="calls-slower_s").set_value(None).run()
    assert dict(app.query_params) == {"run": made["textbook"].name}


def test_the_next_page_goes_on_where_the_first_ended(root: Path, made: dict[str, Path]) -> None:
    app = opened("calls", run=made["textbook"].name)
    next(button for button in app.button if button.label == "Next page").click().run()
    assert app.query_params["page"] == "2"
    second = CallStore(made["textbook"]).page(CallQuery(page=2))
    assert listed(app) == [row.key for row in second.rows]


def test_a_page_beyond_the_last_is_said_not_to_exist(root: Path, made: dict[str, Path]) -> None:
    text = rendered_text(opened("calls", run=made["textbook"].name, page="999"))
    assert "There is no page 999" in text


def test_an_open_call_has_its_waterfall_as_words_and_as_a_table(root: Path, made: dict[str, Path]) -> None:
    slowest = CallStore(made["textbook"]).page(CallQuery(CallFilter(fault="slowdown"))).rows[0]
    app = opened("calls", run=made["textbook"].name, call=slowest.key)
    assert "By the upstream's ledger it was hit by slowdown" in rendered_text(app)
    assert any("hit by slowdown" in where for where in app.table[0].value["Where"])


def test_the_neighbours_of_an_open_call_are_one_click_away(root: Path, made: dict[str, Path]) -> None:
    first, second = CallStore(made["textbook"]).page(CallQuery()).rows[:2]
    app = opened("calls", run=made["textbook"].name, call=first.key)
    next(button for button in app.button if button.label == "Next").click().run()
    assert app.query_params["call"] == second.key
    next(button for button in app.button if button.label == "Close").click().run()
    assert "call" not in app.query_params


def test_a_call_that_is_not_there_is_said_not_to_be(root: Path, made: dict[str, Path]) -> None:
    text = rendered_text(opened("calls", run=made["textbook"].name, call="99999999.0"))
    assert "The record has no call 99999999.0." in text


def test_an_address_with_a_wrong_value_is_shown_without_it(root: Path, made: dict[str, Path]) -> None:
    app = opened("calls", run=made["textbook"].name, slower="soon", call="x")
    assert len(app.warning) == 2
    assert len(listed(app)) == 50


def test_a_value_that_no_call_has_stays_in_its_filter(root: Path, made: dict[str, Path]) -> None:
    app = opened("calls", run=made["textbook"].name, outcome="tls", fault="nothing")
    assert app.multiselect(key="calls-outcomes").value == ["tls"]
    assert "No call fits." in rendered_text(app).replace("\\", "")


def test_a_live_run_shows_the_calls_written_so_far(root: Path, made: dict[str, Path]) -> None:
    app = opened("calls", run=made["live"].name)
    assert "written so far" in rendered_text(app)
    assert len(listed(app)) == 50


def test_a_record_of_schema_1_has_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(SCHEMA_1))
    key = listed(opened("calls"))[0]
    assert f"Call {key}" in [heading.value for heading in opened("calls", call=key).subheader]


def test_a_folder_whose_name_is_a_pattern_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = tmp_path / "runs [*] it's"
    monkeypatch.setenv("SURGELINE_RUNS", str(runs))
    made_runs.complete(runs, made_runs.CAREFUL, made_runs.scenario("short", duration_s=5.0))
    assert len(listed(opened("calls"))) == 50


def test_the_run_leads_to_its_calls(root: Path, made: dict[str, Path]) -> None:
    app = opened("run", run=made["textbook"].name)
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    run = f"run={made['textbook'].name}"
    assert links["Slowest calls"] == run
    assert links["Hit by slowdown"] == f"{run}&fault=slowdown"
    failed = CallStore(made["textbook"]).counts().outcomes["http_5xx"]
    assert links[rf"http\_5xx: {failed}"] == f"{run}&outcome=http_5xx"
