"""The page that advises a policy, without a browser."""

from __future__ import annotations

from pathlib import Path

from tests.behaviour.visits import opened, rendered_text


def test_a_sheet_becomes_a_policy_that_is_unproven(root: Path, on_loopback: None) -> None:
    app = opened("advise", sheet="read-mostly-page")
    assert "Advised, unproven" in app.warning[0].value
    assert app.table[0].value["Line"].str.contains("hedge").any()
    assert app.table[0].value["Reason and source"].str.contains("Source").all()


def test_a_changed_answer_changes_the_advice_and_the_address(root: Path, on_loopback: None) -> None:
    app = opened("advise", sheet="read-mostly-page")
    app.number_input(key="advise.read-mostly-page.upstream.p99_s").set_value(0.06).run()
    assert not app.table[0].value["Line"].str.contains("hedge").any()


def test_an_address_restores_its_answers(root: Path, on_loopback: None) -> None:
    app = opened("advise", sheet="read-mostly-page", set=["upstream.p99_s=0.06", "peak_per_s=60.0"])
    assert app.number_input(key="advise.read-mostly-page.peak_per_s").value == 60.0


def test_contradictions_are_named_and_no_run_is_offered(root: Path, on_loopback: None) -> None:
    app = opened("advise", sheet="read-mostly-page", set=["idempotent=false", "burst_factor=3.0"])
    assert [each.value.startswith("**The answers contradict") for each in app.error] == [True, True]
    assert not app.button


def test_an_unknown_upstream_is_said_to_be_assumed(root: Path, on_loopback: None) -> None:
    assert "workers are unknown" in rendered_text(opened("advise", sheet="webhook-delivery"))


def test_where_no_policy_would_do_the_page_says_why(root: Path, on_loopback: None) -> None:
    app = opened("advise", sheet="payment-without-key")
    assert app.error[0].value.startswith("**No policy would do.**")


def test_a_sheet_that_cannot_be_read_is_one_line(root: Path, on_loopback: None) -> None:
    (error,) = opened("advise", sheet="nothing").error
    assert "is neither a file nor a known sheet" in error.value.replace("\\", "")


def test_a_read_only_dashboard_offers_the_command(root: Path, read_only: None) -> None:
    app = opened("advise", sheet="batch-job")
    assert "surgeline advise answers.toml" in rendered_text(app)
    assert not app.button
