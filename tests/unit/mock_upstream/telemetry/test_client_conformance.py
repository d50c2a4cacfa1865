"""The client's manners, read off rows."""

from mock_upstream.telemetry.client_conformance import check_conformance
from mock_upstream.telemetry.ledger import Row

_FIRST = Row(
    key="1.1", attempt=0, region="main", method="GET", route="/get", connection=1, nth=1, arrived_s=10.0,
    queue_wait_s=0.0, service_s=0.5, intended_delay_s=0.5, actual_delay_s=0.5, ended_s=10.5, fault="",
    status=503, bytes=100, client_gone=False, replay=False, retry_after_s=0.0,
)  # fmt: skip


def _retry(after_s: float, **changes: object) -> Row:
    return _FIRST._replace(attempt=1, nth=2, arrived_s=_FIRST.ended_s + after_s, ended_s=99.0, **changes)


def test_a_retry_before_retry_after_is_a_violation() -> None:
    told = _FIRST._replace(retry_after_s=2.0)

    assert check_conformance([told, _retry(1.9)]).retry_after_violated == ("1.1#1",)
    assert check_conformance([told, _retry(2.1)]).retry_after_violated == ()


def test_a_retry_before_its_backoff_is_too_soon() -> None:
    assert check_conformance([_FIRST, _retry(0.1)], backoff_s=[0.2]).too_soon == ("1.1#1",)
    assert check_conformance([_FIRST, _retry(0.3)], backoff_s=[0.2]).too_soon == ()


def test_the_last_backoff_holds_for_all_that_follow() -> None:
    third = _FIRST._replace(attempt=2, arrived_s=99.1)

    assert check_conformance([_FIRST, _retry(1.0), third], backoff_s=[0.1, 0.2]).too_soon == ("1.1#2",)


def test_a_repeated_post_is_reported_unless_a_key_prevented_it_or_it_was_never_processed() -> None:
    post = _FIRST._replace(method="POST", status=0)
    again = _retry(1.0, method="POST", status=201)

    assert check_conformance([post, again]).repeated_effects == ("1.1#1",)
    assert check_conformance([post, again._replace(replay=True)]).repeated_effects == ()
    assert check_conformance([post._replace(status=503), again]).repeated_effects == ()


def test_order_does_not_matter() -> None:
    rows = [_FIRST._replace(retry_after_s=2.0), _retry(1.0)]

    assert check_conformance(rows) == check_conformance(reversed(rows))


def test_churn_and_abandoned_work_are_counted() -> None:
    abandoned = _FIRST._replace(key="2.1", connection=2, client_gone=True)

    judgement = check_conformance([_FIRST, _retry(1.0), abandoned])

    assert (judgement.connections, round(judgement.churn, 3)) == (2, 0.667)
    assert (judgement.abandoned, judgement.abandoned_work_s) == (1, 0.5)
    assert (judgement.attempts, judgement.retries) == (3, 1)


def test_nothing_is_judged_of_nothing() -> None:
    assert check_conformance([]).attempts == 0
