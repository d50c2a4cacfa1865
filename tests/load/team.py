"""A team's own HTTP code, as it might stand in their repository: nothing in it knows of us."""

from __future__ import annotations

import hashlib
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry


class SignedAuth(AuthBase):
    """Signs method and path."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        said = f"{r.method} {r.path_url}".encode()
        r.headers["X-Signature"] = hashlib.sha256(said).hexdigest()[:16]
        return r


class PatientRetry(Retry):
    """Retries what the team thinks is worth it, and never sleeps long."""

    def get_backoff_time(self) -> float:
        """A hundredth of urllib3's."""
        return super().get_backoff_time() / 100.0

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """409 too: their upstream means "in a moment" by it."""
        return status_code == 409 or super().is_retry(method, status_code, has_retry_after)


class TeamAdapter(HTTPAdapter):
    """Adds a header and a default timeout."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests' own, with ours on top."""
        request.headers["X-Team"] = "orders"
        kwargs["timeout"] = kwargs.get("timeout") or (1.0, 3.0)
        return super().send(request, *args, **kwargs)


class TeamSession(requests.Session):
    """Prefixes nothing, logs nothing; only there to be a class of its own."""


def build_session() -> requests.Session:
    """What their services call."""
    session = TeamSession()
    session.trust_env = False
    session.auth = SignedAuth()
    session.headers["User-Agent"] = "orders-service/1.0"
    retries = PatientRetry(total=4, status_forcelist=[503], backoff_factor=0.1, allowed_methods=None)
    session.mount("http://", TeamAdapter(pool_maxsize=3, max_retries=retries))
    return session
