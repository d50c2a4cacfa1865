"""The authority of the mock upstream's certificates, which no client trusts by default."""

from __future__ import annotations

import os

import requests


def trust(authority: str) -> None:
    """Makes every client of this process that verifies by the environment's bundle verify by this PEM file."""
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = authority


def trusting(session: requests.Session, authority: str) -> requests.Session:
    """The same Session, verifying by this PEM file; not changed with its own bundle, or without verification."""
    if authority and session.verify is True:
        session.verify = authority
    return session
