"""From calls, pools and the timeline to numbers in the text format, read with prometheus_client's parser."""

from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.model.call import Outcome
from harness.model.rollout import RolloutPlan, RolloutStep
from harness.model.slo import Slo
from harness.observe.catalogue import LABEL_BY_NAME, METRICS
from harness.observe.exporter import Exporter
from harness.session.resilience.status import HostStatus, PolicyStatus
from harness.session.rollout.decision import ArmSecond, RolloutDecision
from harness.session.rollout.status import status_of
from tests.unit.harness.observe.calls import made_call


@dataclass
class Pool:
    maxsize: int = 10
    in_use: int = 0
    idle: int = 0
    waiting: int = 0
    opened: int = 0
    discarded: int | None = 0
    stale: int = 0


@pytest.fixture
def exporter() -> Exporter:
    slo = Slo(thresholds=("p99(latency) < 250ms", "amplification < 1.2"))
    return Exporter("careful", "slow", slo, faults=["latency"])


def samples(exporter: Exporter, name: str) -> dict[tuple[str, ...], float]:
    """The values of one sample name by its own labels' values."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(exporter.text().decode()):
        for sample in family.samples:
            if sample.name == name:
                own = {k: v for k, v in sample.labels.items() if k not in {"policy", "scenario"}}
                found[tuple(own.values())] = sample.value
    return found


def test_a_call_is_counted_by_route_and_outcome(exporter: Exporter) -> None:
    exporter.call(made_call())
    exporter.call(made_call(outcome=Outcome.HTTP_5XX, statuses=(503,)))

    assert samples(exporter, "surgeline_call_duration_seconds_count") == {
        ("GET /orders/{id}", "ok"): 1.0,
        ("GET /orders/{id}", "http_5xx"): 1.0,
    }


def test_an_observation_lies_in_the_bucket_that_holds_it(exporter: Exporter) -> None:
    exporter.call(made_call(latency_s=0.25))

    buckets = samples(exporter, "surgeline_call_duration_seconds_bucket")
    by_bound = {labels[2]: count for labels, count in buckets.items()}

    assert (by_bound["0.2"], by_bound["0.25"], by_bound["+Inf"]) == (0.0, 1.0, 1.0)


def test_attempts_bear_opentelemetrys_labels(exporter: Exporter) -> None:
    exporter.call(made_call(statuses=(503, 200)))

    assert samples(exporter, "http_client_request_duration_seconds_count") == {
        ("GET", "503", "503"): 1.0,
        ("GET", "200", ""): 1.0,
    }


def test_retries_are_counted_by_what_caused_them(exporter: Exporter) -> None:
    exporter.call(made_call(statuses=(503, 503, 200)))

    assert samples(exporter, "surgeline_retries_total") == {("503",): 2.0}
    assert samples(exporter, "surgeline_backoff_seconds_sum")["free",] == pytest.approx(0.2)


def test_only_a_journeys_first_call_waited_for_a_thread(exporter: Exporter) -> None:
    exporter.call(made_call())
    exporter.call(made_call(step=1))

    assert samples(exporter, "surgeline_thread_wait_seconds_count") == {(): 1.0}


def test_thresholds_begin_at_zero_and_count_what_is_bad(exporter: Exporter) -> None:
    assert samples(exporter, "surgeline_slo_bad_total") == {
        ("p99(latency) < 250ms",): 0.0,
        ("amplification < 1.2",): 0.0,
    }

    exporter.call(made_call(latency_s=0.4, statuses=(503, 200)))

    assert set(samples(exporter, "surgeline_slo_bad_total").values()) == {1.0}


def test_a_threshold_about_one_route_counts_its_calls_alone() -> None:
    threshold = 'p99(latency{route="POST /orders"}) < 250ms'
    exporter = Exporter("careful", "slow", Slo(thresholds=(threshold,)))
    exporter.call(made_call(latency_s=0.4))
    exporter.call(made_call(latency_s=0.4, route="POST /orders"))

    assert samples(exporter, "surgeline_slo_calls_total") == {(threshold,): 1.0}
    assert samples(exporter, "surgeline_slo_bad_total") == {(threshold,): 1.0}


def test_pools_are_summed_over_hosts_and_totals_never_fall(exporter: Exporter) -> None:
    exporter.pools([Pool(in_use=3, opened=5), Pool(in_use=1, waiting=2, opened=1)])
    exporter.pools([Pool(in_use=2, opened=4)])

    assert samples(exporter, "surgeline_pool_in_use") == {(): 2.0}
    assert samples(exporter, "surgeline_pool_opened_total") == {(): 6.0}


def test_a_total_that_a_pool_does_not_show_has_no_series(exporter: Exporter) -> None:
    exporter.pools([Pool(discarded=None, opened=3)])

    assert samples(exporter, "surgeline_pool_discarded_total") == {}
    assert samples(exporter, "surgeline_pool_opened_total") == {(): 3.0}


def test_a_fault_of_the_timeline_is_marked_while_it_is_on(exporter: Exporter) -> None:
    seen = []
    for on in (set(), {"latency"}, set()):
        exporter.faults(on)
        seen.append(samples(exporter, "surgeline_fault_active")["latency",])

    assert seen == [0.0, 1.0, 0.0]


def test_a_lever_is_counted_when_it_is_pulled(exporter: Exporter) -> None:
    exporter.lever("throttle")
    exporter.lever("throttle")

    assert samples(exporter, "surgeline_levers_pulled_total") == {("throttle",): 2.0}


def test_the_worst_breaker_is_the_one_that_is_shown(exporter: Exporter) -> None:
    exporter.guards(
        PolicyStatus(
            (
                HostStatus("http://a", breaker="closed"),
                HostStatus("http://b", breaker="open", rate_per_s=80.0),
            ),
            budget_left_ratio=0.25,
        )
    )

    assert samples(exporter, "surgeline_breaker_state") == {
        ("closed",): 0.0,
        ("half-open",): 0.0,
        ("open",): 1.0,
    }
    assert samples(exporter, "surgeline_retry_budget_left_ratio") == {(): 0.25}
    assert samples(exporter, "surgeline_throttle_refusal_ratio") == {}


def test_a_throttle_that_was_taken_off_has_no_series(exporter: Exporter) -> None:
    exporter.guards(PolicyStatus(lever_rate_per_s=80.0))
    before = samples(exporter, "surgeline_throttle_attempts_per_second")
    exporter.guards(PolicyStatus())

    assert before == {(): 80.0}
    assert samples(exporter, "surgeline_throttle_attempts_per_second") == {}


def test_the_limits_and_the_attempts_in_flight_of_all_hosts_are_added(exporter: Exporter) -> None:
    hosts = (
        HostStatus("http://a", limiter_limit=7.5, limiter_in_flight=6),
        HostStatus("http://b", limiter_limit=3.0, limiter_in_flight=0),
        HostStatus("http://c", breaker="open"),
    )
    exporter.guards(PolicyStatus(hosts))

    assert samples(exporter, "surgeline_limiter_limit") == {(): 10.5}
    assert samples(exporter, "surgeline_limiter_in_flight") == {(): 6.0}


def test_a_policy_without_a_limiter_has_no_limit(exporter: Exporter) -> None:
    exporter.guards(PolicyStatus())

    assert samples(exporter, "surgeline_limiter_limit") == {}


def test_a_name_with_quotes_survives(exporter: Exporter) -> None:
    exporter.call(made_call(route='say "hi"\\\nnow'))

    assert ('say "hi"\\\nnow', "ok") in samples(exporter, "surgeline_call_duration_seconds_count")


def test_ten_thousand_urls_add_no_series(exporter: Exporter) -> None:
    exporter.call(made_call(route="/orders/0"))
    before = exporter.text().count(b"\n")

    for number in range(1, 10_001):
        exporter.call(made_call(route=f"/orders/{number}"))

    assert exporter.text().count(b"\n") == before


def test_no_label_takes_more_values_than_the_table_allows(exporter: Exporter) -> None:
    letters = str.maketrans("0123456789", "abcdefghij")
    for number in range(2_000):
        word = str(number).translate(letters)
        call = made_call(route=f"/{word}", statuses=(100 + number % 900, 200))
        call.attempts[0].reason = call.attempts[0].error = word
        call.method = word.upper()
        exporter.call(call)

    seen: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exporter.text().decode()):
        for sample in family.samples:
            for label, value in sample.labels.items():
                seen.setdefault(label, set()).add(value)
    del seen["le"]

    assert {label: len(values) for label, values in seen.items() if len(values) > bound(label)} == {}


def bound(label: str) -> int:
    """What the table promises; empty and `(other)` come on top of the forty."""
    return LABEL_BY_NAME[label].at_most + 1


def test_every_label_of_every_metric_is_in_the_table() -> None:
    used: set[Any] = {label for metric in METRICS for label in metric.labels}

    assert used <= set(LABEL_BY_NAME)


def test_hedges_are_counted_by_whether_they_gave_the_result(exporter: Exporter) -> None:
    call = made_call(statuses=(0, 200))
    call.attempts[0].lost, call.attempts[0].reason, call.attempts[1].hedge = True, "", True
    exporter.call(call)

    assert samples(exporter, "surgeline_hedges_total") == {("won",): 1.0, ("lost",): 0.0}


def test_hedges_that_were_not_sent_are_counted_by_cause(exporter: Exporter) -> None:
    call = made_call()
    call.attempts[0].unhedged = "budget"
    exporter.call(call)

    assert samples(exporter, "surgeline_hedges_not_sent_total") == {("budget",): 1.0}


def test_the_longest_delay_of_a_hedge_is_exported(exporter: Exporter) -> None:
    hosts = (HostStatus("http://a", hedges=1, hedge_delay_s=0.05), HostStatus("http://b", hedges=0))
    exporter.guards(PolicyStatus(hosts))

    assert samples(exporter, "surgeline_hedge_delay_seconds") == {(): 0.05}


def test_a_rollout_is_exported_with_the_state_that_it_is_in(exporter: Exporter) -> None:
    decision = RolloutDecision(RolloutPlan(name="plan", steps=(RolloutStep(share=0.5),)))
    assert samples(exporter, "surgeline_rollout_share_ratio") == {}
    decision.add(ArmSecond(100, 100), ArmSecond(100, 0))
    exporter.rollout(status_of(decision, fallbacks=2))

    states = samples(exporter, "surgeline_rollout_decision")
    assert {labels[0] for labels, value in states.items() if value} == {"rolled back"}
    assert len(states) == 4
    assert samples(exporter, "surgeline_rollout_share_ratio") == {(): 0.0}
    assert samples(exporter, "surgeline_rollout_bad_total") == {("canary",): 100.0, ("baseline",): 0.0}
    assert samples(exporter, "surgeline_rollout_fallbacks_total") == {(): 2.0}
    assert samples(exporter, "surgeline_rollout_evidence_ratio")["limit",] >= 1.0
