"""Policy → requests.Session: declared, or the team's own factory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util import Retry

from harness.model.policy import Policy, RetrySettings, SessionSettings
from harness.model.resilience_settings import SocketSettings
from harness.session.build.auth import auth
from harness.session.build.cookie_file import FiledCookies
from harness.session.build.socket_options import SocketAdapter
from harness.session.build.user_code import session_factory
from harness.session.resilience.pipeline import extends
from harness.session.resilience.retry import PolicyRetry
from harness.session.secrets import remember, resolve, resolved

Timeout = tuple[float | None, float | None]
_OURS = {"budget", "backoff"}


def session_maker(policy: Policy) -> Callable[[], requests.Session]:
    """A function that returns a new Session by this policy at each call.

    Raises ConfigError here, not later, when a secret cannot be resolved or the factory cannot be loaded. What goes
    beyond requests and urllib3 is not in the Session: `controls.Controls` puts it there.
    """
    if policy.factory is not None:
        return session_factory(policy.factory, policy.name, policy.path)
    settings = _resolved(policy)
    who = auth(policy.session.auth, policy.name)
    retries = retry(policy.retry, extended=extends(policy))

    def make() -> requests.Session:
        session = requests.Session()
        _settle(session, settings, who, policy.name)
        for prefix in ("https://", "http://"):
            session.mount(prefix, _adapter(policy, retries))
        return session

    make().close()
    return make


def timeout(policy: Policy) -> Timeout | None:
    """The `timeout=` of each request, or None when the policy sets none."""
    pair = (policy.timeout.connect_s, policy.timeout.read_s)
    return None if pair == (None, None) else pair


def retry(settings: RetrySettings | None, *, extended: bool = False) -> Retry | int:
    """urllib3's Retry with exactly the keywords that were written; 0, requests' default, without a table.

    `extended` makes it one that the pipeline can decide.
    """
    if settings is None:
        return PolicyRetry(0, read=False) if extended else 0
    kind = PolicyRetry if extended else Retry
    kwargs: dict[str, Any] = settings.model_dump(exclude_unset=True, exclude=_OURS)
    if kwargs.get("allowed_methods") is False:
        kwargs["allowed_methods"] = None  # in urllib3 this means every method
    return kind(**kwargs)


def _adapter(policy: Policy, retries: Retry | int) -> HTTPAdapter:
    kwargs = policy.adapter.model_dump()
    if policy.socket == SocketSettings():
        return HTTPAdapter(max_retries=retries, **kwargs)
    return SocketAdapter(policy.socket, max_retries=retries, **kwargs)


def _resolved(policy: Policy) -> SessionSettings:
    """The settings with every reference resolved; they never leave this process."""
    given, place = policy.session, policy.name
    return given.model_copy(
        update={
            "headers": resolved(given.headers, place, "session.headers"),
            "params": resolved(given.params, place, "session.params"),
            "cookies": resolved(given.cookies, place, "session.cookies"),
            "proxies": _proxies(given, place),
        }
    )


def _proxies(settings: SessionSettings, place: str) -> dict[str, str]:
    if settings.proxy_auth is None:
        return dict(settings.proxies)
    user = settings.proxy_auth.username
    password = remember(
        resolve(settings.proxy_auth.password, place, "session.proxy_auth.password"), user=user
    )
    credentials = f"{quote(user, safe='')}:{quote(password, safe='')}@"
    found = {}
    for scheme, url in settings.proxies.items():
        parts = urlsplit(url)
        found[scheme] = urlunsplit(parts._replace(netloc=credentials + parts.netloc))
    return found


def _settle(session: requests.Session, settings: SessionSettings, who: AuthBase | None, place: str) -> None:
    session.headers.update(settings.headers)
    session.params = dict(settings.params)
    session.auth = who
    session.proxies = dict(settings.proxies)
    session.verify, session.cert = settings.verify, settings.cert
    session.max_redirects, session.trust_env = settings.max_redirects, settings.trust_env
    session.stream = settings.stream
    if settings.cookie_file is not None:
        session.cookies = FiledCookies(Path(settings.cookie_file).expanduser(), place)
    session.cookies.update(settings.cookies)
