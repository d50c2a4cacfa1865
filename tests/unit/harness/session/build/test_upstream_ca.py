"""By which certificates a client without requests verifies."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from harness.model.errors import ConfigError
from harness.model.policy import Policy, SessionSettings
from harness.session.build.upstream_ca import tls_context


def _policy(verify: bool | str) -> Policy:
    return Policy(name="p", transport="aiohttp", session=SessionSettings(verify=verify))


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    """A PEM file with one authority."""
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return str(path)


def test_without_an_authority_the_library_decides() -> None:
    assert tls_context(_policy(True), "") is True
    assert tls_context(_policy(False), "/ca.pem") is False


def test_the_upstream_s_authority_or_the_policy_s_own_bundle_is_used(bundle: str) -> None:
    for context in (tls_context(_policy(True), bundle), tls_context(_policy(bundle), "/absent.pem")):
        assert isinstance(context, ssl.SSLContext)
        assert len(context.get_ca_certs()) == 1


def test_a_folder_of_certificates_is_used(tmp_path: Path) -> None:
    assert isinstance(tls_context(_policy(str(tmp_path)), ""), ssl.SSLContext)


def test_a_bundle_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("absent.pem", "empty.pem"):
        with pytest.raises(
            ConfigError, match=f"session.verify is .*{name}, which has no readable certificates"
        ) as raised:
            tls_context(_policy(str(tmp_path / name)), "")
        assert len(str(raised.value).splitlines()) == 1
