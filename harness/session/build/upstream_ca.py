"""The mock upstream's certificates come from an authority that no client knows by itself."""

from __future__ import annotations

import os

import requests


def trust(authority: str) -> None:
    """Has every client of this process that verifies by the environment's bundle verify by this PEM file instead."""
    os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = authority


def trusting(session: requests.Session, authority: str) -> requests.Session:
    """The same Session, which verifies by this PEM file; one with a bundle of its own, or with none, stays so."""
    if authority and session.verify is True:
        session.verify = authority
    return session
