"""What a policy file may say."""

from typing import Any

import pytest

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from mock_upstream.config.toml import build


def _policy(**tables: Any) -> Policy:
    return build(Policy, {"name": "p", **tables}, "p.toml")


def test_an_unknown_key_is_named_with_the_nearest_known_one() -> None:
    with pytest.raises(ConfigError, match=r"p\.toml: adapter\.pool_maxsiz .*pool_maxsize"):
        _policy(adapter={"pool_maxsiz": 20})


def test_a_wrong_type_is_named_with_its_value() -> None:
    with pytest.raises(ConfigError, match=r'p\.toml: adapter\.pool_maxsize is "20"'):
        _policy(adapter={"pool_maxsize": "20"})


def test_a_pool_of_no_slots_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"adapter\.pool_maxsize is 0"):
        _policy(adapter={"pool_maxsize": 0})


@pytest.mark.parametrize(
    "session",
    [
        {"auth": {"kind": "bearer", "token": "s3cret"}},
        {"auth": {"kind": "basic", "username": "u", "password": "s3cret"}},
        {"headers": {"Authorization": "Bearer s3cret"}},
    ],
)
def test_a_literal_secret_is_refused_and_never_repeated(session: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as error:
        _policy(session=session)
    assert "reference" in str(error.value)
    assert "s3cret" not in str(error.value)


def test_a_factory_stands_alone() -> None:
    with pytest.raises(ConfigError, match="factory"):
        _policy(factory="orders.http:build_session", retry={"total": 3})


def test_without_a_retry_table_a_call_is_one_attempt() -> None:
    assert _policy().attempts_at_most == 1
    assert _policy(retry={"total": 4}).attempts_at_most == 5
