"""What differs between two policies."""

from harness.analyse.compare.policy_diff import policy_diff
from harness.model.policy import AdapterSettings, Policy, RetrySettings, SessionSettings


def test_the_same_policy_under_another_name_differs_in_nothing():
    assert policy_diff(Policy(name="a"), Policy(name="b", description="the same")) == []


def test_a_changed_value_is_named_by_its_dotted_key():
    wide = Policy(name="b", adapter=AdapterSettings(pool_maxsize=20))
    assert policy_diff(Policy(name="a"), wide) == [("adapter.pool_maxsize", 10, 20)]


def test_a_table_that_one_policy_lacks_shows_each_of_its_values():
    retrying = Policy(name="b", retry=RetrySettings(total=3))
    found = {key: (a, b) for key, a, b in policy_diff(Policy(name="a"), retrying)}
    assert found["retry.total"] == (None, 3)
    assert found["retry.respect_retry_after_header"] == (None, True)


def test_headers_are_compared_one_by_one():
    a = Policy(name="a", session=SessionSettings(headers={"Accept": "*/*", "X-Team": "orders"}))
    b = Policy(name="b", session=SessionSettings(headers={"Accept": "*/*", "X-Team": "billing"}))
    assert policy_diff(a, b) == [("session.headers.X-Team", "orders", "billing")]
