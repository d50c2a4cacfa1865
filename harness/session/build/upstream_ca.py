"""The authority of the mock upstream's certificates, which no client trusts by default."""

from __future__ import annotations

import os
import ssl

import requests

from harness.model.errors import ConfigError
from harness.model.policy import Policy


def trust(authority: str) -> None:
    """Makes every client of this process that verifies by the environment's bundle verify by this PEM file."""
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = authority


def trusting(session: requests.Session, authority: str) -> requests.Session:
    """The same Session, verifying by this PEM file; not changed with its own bundle, or without verification."""
    if authority and session.verify is True:
        session.verify = authority
    return session


def tls_context(policy: Policy, authority: str) -> bool | ssl.SSLContext:
    """The `verify` of httpx and `ssl` of aiohttp: the policy's own bundle, this PEM file, or the library's default.

    Raises ConfigError for a bundle that cannot be read.
    """
    verify = policy.session.verify
    bundle = (authority or True) if verify is True else verify
    if not isinstance(bundle, str):
        return bundle
    try:
        if os.path.isdir(bundle):
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError:
        problem = f"is {bundle}, which has no readable certificates; name a PEM file"
        raise ConfigError(policy.name, "session.verify", problem) from None
