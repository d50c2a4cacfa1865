"""A built Session, read back into a policy's tables: a team's own, and a declared one."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.model.policy import BuiltDifference, Policy
from harness.session.build.read_back import read_back
from harness.session.build.session import session_maker

DECLARED = Policy(name="theirs", factory="orders.http:build_session")


class TeamRetry(Retry):
    """Theirs."""


class TeamAdapter(HTTPAdapter):
    """Gives every request a timeout, as many adapters do."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or (1.5, 4.0)
        return super().send(request, *args, **kwargs)


def _team_session() -> requests.Session:
    session = requests.Session()
    session.headers.update({"X-Team": "orders", "X-Api-Key": "k3y"})
    session.auth = ("user", "pa55")
    session.proxies = {"https": "http://user:pa55@proxy.test:3128"}
    session.max_redirects = 5
    session.hooks["response"].append(_broken_hook)
    retries = TeamRetry(total=2, status_forcelist=[503, 500], backoff_factor=0.3)
    session.mount("http://", TeamAdapter(pool_maxsize=33, pool_block=True, max_retries=retries))
    return session


def _broken_hook(response: requests.Response, **_: Any) -> None:
    response.json()["missing"]


def test_a_declared_policy_is_not_changed() -> None:
    policy = Policy(name="declared")
    assert read_back(policy, requests.Session()) is policy


def _careful(**tables: Any) -> Policy:
    return Policy.model_validate({"name": "careful", "timeout": {"connect_s": 0.5, "read_s": 2.0}} | tables)


RETRIES = st.fixed_dictionaries(
    {},
    optional={
        "total": st.one_of(st.none(), st.just(False), st.integers(0, 20)),
        "read": st.one_of(st.none(), st.just(False), st.integers(0, 20)),
        "redirect": st.one_of(st.none(), st.just(False), st.integers(0, 20)),
        "allowed_methods": st.one_of(
            st.just(False),
            st.lists(st.sampled_from(["GET", "PUT", "POST"]), min_size=1, unique=True).map(tuple),
        ),
        "status_forcelist": st.lists(st.integers(400, 599), unique=True).map(tuple),
        "backoff_factor": st.floats(0, 10),
        "raise_on_redirect": st.booleans(),
        "respect_retry_after_header": st.booleans(),
        "retry_after_max": st.integers(0, 1000),
        "remove_headers_on_redirect": st.just(("X-Secret", "Cookie")),
    },
)


@settings(max_examples=60)
@given(
    adapter=st.fixed_dictionaries(
        {},
        optional={
            "pool_maxsize": st.integers(1, 99),
            "pool_connections": st.integers(1, 99),
            "pool_block": st.booleans(),
        },
    ),
    timeout=st.fixed_dictionaries(
        {}, optional={name: st.floats(0.01, 100) for name in ("connect_s", "read_s", "total_s")}
    ),
    retry=st.one_of(st.none(), RETRIES),
)
def test_whatever_is_declared_is_what_is_built(adapter: Any, timeout: Any, retry: Any) -> None:
    policy = Policy.model_validate({"name": "p", "adapter": adapter, "timeout": timeout, "retry": retry})
    assert read_back(policy, session_maker(policy)()) is policy


def test_a_pool_that_is_built_otherwise_is_recorded_as_built_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    init = HTTPAdapter.init_poolmanager
    monkeypatch.setattr(
        HTTPAdapter, "init_poolmanager", lambda self, connections, _, block: init(self, connections, 3, block)
    )
    policy = _careful(adapter={"pool_maxsize": 64})
    seen = read_back(policy, session_maker(policy)())

    assert seen.adapter.pool_maxsize == 3
    assert seen.built_otherwise == (BuiltDifference(key="adapter.pool_maxsize", declared="64", built="3"),)


def test_retries_and_timeouts_that_are_built_otherwise_are_named() -> None:
    session = requests.Session()
    session.mount("http://", TeamAdapter(max_retries=Retry(total=2, status_forcelist=[503])))
    seen = read_back(Policy(name="p"), session)

    assert seen.retry is not None
    assert (seen.retry.total, seen.timeout.read_s) == (2, 4.0)
    named = {one.key: (one.declared, one.built) for one in seen.built_otherwise}
    assert named["retry.total"] == ("0", "2")
    assert named["retry.status_forcelist"] == ("none", "503")
    assert named["timeout.read_s"] == ("nothing", "4.0")


def test_what_is_ours_in_the_retry_table_stays_declared() -> None:
    policy = _careful(retry={"total": 3, "budget": {"kind": "ratio"}, "backoff": {"kind": "full"}})
    session = session_maker(policy)()
    session.max_redirects = 2
    seen = read_back(policy, session)

    assert (seen.retry, seen.session.max_redirects) == (policy.retry, 2)
    assert [one.key for one in seen.built_otherwise] == ["session.max_redirects"]


def test_a_declared_policy_s_auth_is_not_asked() -> None:
    def asked(request: requests.PreparedRequest) -> requests.PreparedRequest:
        raise AssertionError("it may fetch a token")

    session = session_maker(_careful())()
    session.auth = asked  # type: ignore[assignment]
    policy = _careful()
    assert read_back(policy, session) is policy


def test_a_policy_built_otherwise_can_be_recorded_and_read_again() -> None:
    policy = _careful(adapter={"pool_maxsize": 64}, session={"warm_connections": 64})
    seen = read_back(policy, requests.Session())

    assert seen.adapter.pool_maxsize == 10
    assert Policy.model_validate_json(seen.model_dump_json()) == seen


@pytest.mark.parametrize("transport", ["httpx", "httpx-async", "aiohttp"])
def test_a_policy_without_requests_is_what_it_says(transport: str) -> None:
    policy = Policy.model_validate({"name": "p", "transport": transport})
    assert read_back(policy, requests.Session()) is policy


def test_the_objects_numbers_are_read_back() -> None:
    seen = read_back(DECLARED, _team_session())
    assert (seen.adapter.pool_maxsize, seen.adapter.pool_block) == (33, True)
    assert seen.retry is not None
    assert (seen.retry.total, seen.retry.status_forcelist, seen.retry.backoff_factor) == (2, (500, 503), 0.3)
    assert (seen.timeout.connect_s, seen.timeout.read_s) == (1.5, 4.0)
    assert (seen.session.max_redirects, seen.session.headers) == (5, {"X-Team": "orders"})


def test_classes_and_hooks_are_named() -> None:
    notes = read_back(DECLARED, _team_session()).read_back
    assert notes is not None
    assert notes["adapter"].endswith(".TeamAdapter")
    assert notes["retry"].endswith(".TeamRetry")
    assert notes["hooks"] == "_broken_hook"
    assert notes["session.auth"] == "tuple"


def test_no_secret_of_theirs_is_shown() -> None:
    said = read_back(DECLARED, _team_session()).model_dump_json()
    assert "pa55" not in said
    assert "k3y" not in said
    assert "X-Api-Key" in said


def test_what_was_read_back_can_be_recorded_and_read_again() -> None:
    seen = read_back(DECLARED, _team_session())
    assert Policy.model_validate_json(seen.model_dump_json()) == seen


def test_an_adapter_without_pools_is_still_read() -> None:
    session = requests.Session()

    class Canned(requests.adapters.BaseAdapter):
        """Answers by itself."""

        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            raise AssertionError("nothing may be sent")

        def close(self) -> None: ...

    session.mount("http://", Canned())
    seen = read_back(DECLARED, session)
    assert seen.read_back is not None
    assert (seen.timeout.connect_s, seen.timeout.read_s) == (None, None)


def test_yes_and_no_are_written_as_in_a_policy_s_file() -> None:
    session = requests.Session()
    session.trust_env = False
    (difference,) = read_back(Policy(name="p"), session).built_otherwise
    assert (difference.key, difference.declared, difference.built) == ("session.trust_env", "true", "false")


def test_the_mounts_of_their_session_are_named() -> None:
    notes = read_back(DECLARED, _team_session()).read_back
    assert notes is not None
    assert notes["mounts"] == "https://, http://"
    assert notes["session"] == "requests.sessions.Session"


def test_proxies_are_shown_without_their_credentials() -> None:
    assert read_back(DECLARED, _team_session()).session.proxies == {"https": "http://proxy.test:3128"}


@pytest.mark.parametrize("verify", [False, "/ca.pem"])
def test_how_their_session_verifies_is_read_back(verify: bool | str) -> None:
    session = requests.Session()
    session.verify = verify
    assert read_back(DECLARED, session).session.verify == verify


def test_a_check_of_their_own_counts_as_verification() -> None:
    session = requests.Session()
    session.verify = object()  # type: ignore[assignment]
    assert read_back(DECLARED, session).session.verify is True


def test_an_adapter_without_slots_is_read_back_as_one_of_one_slot() -> None:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=0, pool_connections=0))
    seen = read_back(DECLARED, session).adapter
    assert (seen.pool_maxsize, seen.pool_connections) == (1, 1)


def test_timeouts_that_they_do_not_set_are_none() -> None:
    seen = read_back(DECLARED, requests.Session()).timeout
    assert (seen.connect_s, seen.read_s) == (None, None)


def test_a_fraction_of_a_second_of_retry_after_is_cut_off() -> None:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(total=1, retry_after_max=7.5)))  # type: ignore[arg-type]
    seen = read_back(DECLARED, session)
    assert seen.retry is not None
    assert seen.retry.retry_after_max == 7


def test_a_plain_retry_is_not_named_as_a_class_of_the_team_s_own() -> None:
    notes = read_back(DECLARED, requests.Session()).read_back
    assert notes is not None
    assert "retry" not in notes
