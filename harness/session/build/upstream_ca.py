"""The authority of the mock upstream's certificates, which no client trusts by default."""

from __future__ import annotations

import os
import ssl

import requests


def trust(authority: str) -> None:
    """Makes every client of this process that verifies by the environment's bundle verify by this PEM file."""
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = authority


def trusting(session: requests.Session, authority: str) -> requests.Session:
    """The same Session, verifying by this PEM file; not changed with its own bundle, or without verification."""
    if authority and session.verify is True:
        session.verify = authority
    return session


def tls_context(verify: bool | str, authority: str) -> bool | ssl.SSLContext:
    """The `verify` of httpx and `ssl` of aiohttp: the policy's own bundle, this PEM file, or the library's default."""
    bundle = (authority or True) if verify is True else verify
    return ssl.create_default_context(cafile=bundle) if isinstance(bundle, str) else bundle
