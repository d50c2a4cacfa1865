"""Secrets: by reference, resolved late, never said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.session import secrets
from harness.session.build.session import session_maker
from harness.session.secrets import redact
from mock_upstream.config.toml import build

SECRET = "s3cr3t+value/with=marks"


def _policy(**tables: Any) -> Policy:
    return build(Policy, {"name": "p", **tables}, "p.toml")


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("P_SECRET", SECRET)
    (tmp_path / "secret").write_text(SECRET + "\n")
    monkeypatch.chdir(tmp_path)


def _sent(**session: Any) -> requests.PreparedRequest:
    made = session_maker(_policy(session={"trust_env": False, **session}))()
    return made.prepare_request(requests.Request("GET", "http://upstream.test/"))


@pytest.mark.parametrize("reference", ["env:P_SECRET", "file:secret"])
def test_a_reference_becomes_the_secret_on_the_wire(reference: str) -> None:
    sent = _sent(auth={"kind": "bearer", "token": reference})
    assert sent.headers["Authorization"] == f"Bearer {SECRET}"


def test_an_api_key_goes_into_its_header() -> None:
    assert (
        _sent(auth={"kind": "api-key", "header": "X-Key", "key": "env:P_SECRET"}).headers["X-Key"] == SECRET
    )


def test_headers_params_and_cookies_take_references() -> None:
    table = {"token": "env:P_SECRET", "page": "2"}
    sent = _sent(headers={"X-Token": "env:P_SECRET"}, params=table, cookies={"sid": "env:P_SECRET"})
    assert sent.headers["X-Token"] == SECRET
    assert "page=2" in str(sent.url)
    assert SECRET in sent.headers["Cookie"]


@pytest.mark.parametrize(
    "session",
    [
        {"headers": {"X-Api-Key": SECRET}},
        {"params": {"access_token": SECRET}},
        {"cookies": {"sessionid": SECRET}},
        {"auth": {"kind": "digest", "username": "u", "password": SECRET}},
        {"auth": {"kind": "api-key", "key": SECRET}},
        {"proxies": {"http": f"http://user:{SECRET.replace('/', '')}@proxy.test:3128"}},
    ],
)
def test_a_literal_secret_is_refused_with_the_remedy_and_not_repeated(session: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as raised:
        _policy(session=session)
    assert "reference" in str(raised.value)
    assert "s3cr3t" not in str(raised.value)


def test_proxy_credentials_are_put_together_in_the_session_alone() -> None:
    auth = {"username": "u", "password": "env:P_SECRET"}
    policy = _policy(session={"proxies": {"http": "http://proxy.test:3128"}, "proxy_auth": auth})
    proxy = session_maker(policy)().proxies["http"]
    assert proxy == "http://u:s3cr3t%2Bvalue%2Fwith%3Dmarks@proxy.test:3128"
    assert "s3cr3t" not in policy.model_dump_json()
    assert "s3cr3t" not in redact(f"can't reach {proxy}")


def test_what_was_resolved_is_struck_out_of_messages() -> None:
    _sent(auth={"kind": "basic", "username": "u", "password": "env:P_SECRET"})
    assert redact(f"Max retries exceeded with url: /?k={SECRET}") == "Max retries exceeded with url: /?k=***"
    assert "dTpzM2NyM3Q" not in redact("Authorization: Basic dTpzM2NyM3QrdmFsdWUvd2l0aD1tYXJrcw==")


def test_no_repr_shows_a_secret() -> None:
    made = session_maker(_policy(session={"auth": {"kind": "bearer", "token": "env:P_SECRET"}}))()
    assert SECRET not in repr(made.auth)


@pytest.mark.parametrize("reference", ["env:P_MISSING", "file:missing"])
def test_a_reference_to_nothing_is_refused_at_once(reference: str) -> None:
    with pytest.raises(ConfigError, match="refers to"):
        session_maker(_policy(session={"headers": {"X-Token": reference}}))


def test_a_secret_in_a_device_is_refused_instead_of_being_read_for_ever() -> None:
    with pytest.raises(ConfigError, match="file:/dev/zero, which is a device"):
        session_maker(_policy(session={"headers": {"X-Token": "file:/dev/zero"}}))


def test_a_process_that_may_read_some_references_resolves_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_allowed", None)
    secrets.allow_only(["env:P_SECRET"])
    assert secrets.resolve("env:P_SECRET", "p", "key") == SECRET
    with pytest.raises(ConfigError, match=r"^p: key refers to file:secret, which is not allowed here"):
        secrets.resolve("file:secret", "p", "key")
