"""Policy → requests.Session: declared, or the team's own factory."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.util import Retry

from harness.model.errors import BadInput
from harness.model.policy import BasicAuth, BearerAuth, Policy, RetrySettings, SessionSettings

Timeout = tuple[float | None, float | None]


class BearerToken(AuthBase):
    """Sets `Authorization: Bearer …`; its repr never shows the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r

    def __repr__(self) -> str:
        return "BearerToken(…)"


def session_maker(policy: Policy) -> Callable[[], requests.Session]:
    """Something that makes a fresh Session by this policy each time it is called.

    Raises BadInput here, not later, when a secret can't be resolved or the factory can't be reached.
    """
    if policy.factory is not None:
        return _checked_factory(policy.name, policy.factory)
    auth = _auth(policy)
    retries = retry(policy.retry)

    def make() -> requests.Session:
        session = requests.Session()
        _settle(session, policy.session, auth)
        for prefix in ("https://", "http://"):
            session.mount(prefix, HTTPAdapter(max_retries=retries, **policy.adapter.model_dump()))
        return session

    return make


def timeout(policy: Policy) -> Timeout | None:
    """The `timeout=` of each request, or None when the policy sets none."""
    pair = (policy.timeout.connect_s, policy.timeout.read_s)
    return None if pair == (None, None) else pair


def retry(settings: RetrySettings | None) -> Retry | int:
    """urllib3's Retry with exactly the keywords that were written; 0, requests' default, without a table."""
    if settings is None:
        return 0
    return Retry(**settings.model_dump(exclude_unset=True))


def _settle(session: requests.Session, settings: SessionSettings, auth: AuthBase | None) -> None:
    session.headers.update(settings.headers)
    session.params = dict(settings.params)
    session.auth = auth
    session.verify = settings.verify
    session.max_redirects = settings.max_redirects
    session.trust_env = settings.trust_env


def _auth(policy: Policy) -> AuthBase | None:
    match policy.session.auth:
        case BearerAuth(token=token):
            return BearerToken(resolve(token, policy.name, "session.auth.token"))
        case BasicAuth(username=username, password=password):
            return HTTPBasicAuth(username, resolve(password, policy.name, "session.auth.password"))
    return None


def resolve(reference: str, place: str, key: str) -> str:
    """The secret behind `env:NAME` or `file:PATH`. Raises BadInput, which never shows a secret."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise BadInput(place, key, f"refers to {reference}, and {name} is not set; export it first")
        return os.environ[name]
    try:
        return Path(name).expanduser().read_text().strip()
    except OSError as error:
        raise BadInput(place, key, f"refers to {reference}, which can't be read: {error.strerror}") from None


def _checked_factory(place: str, spec: str) -> Callable[[], requests.Session]:
    factory = load(spec, place, "factory")

    def make() -> requests.Session:
        try:
            session = factory()
        except Exception as error:
            raise BadInput(place, "factory", f"{spec} raised {type(error).__name__}: {error}") from error
        if not isinstance(session, requests.Session):
            raise BadInput(
                place,
                "factory",
                f"{spec} returned {type(session).__name__}; it must return a requests.Session",
            )
        return session

    make().close()
    return make


def load(spec: str, place: str, key: str) -> Callable[..., object]:
    """The callable behind `module:name`. Raises BadInput when it can't be imported or isn't there."""
    module_name, _, name = spec.partition(":")
    try:
        found: object = importlib.import_module(module_name)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise BadInput(place, key, f"is {spec!r}, and importing {module_name} failed: {why}") from None
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise BadInput(place, key, f"is {spec!r}, and {module_name} has no callable {name}")
    return found
