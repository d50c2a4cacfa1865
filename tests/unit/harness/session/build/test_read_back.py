"""A team's own Session, read back into a policy's tables."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.model.policy import Policy
from harness.session.build.read_back import read_back

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
    assert read_back(DECLARED, session).read_back is not None
