"""The policy of a team's own Session, read back from the real objects, so that it can be compared and diffed."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from pydantic import ValidationError
from urllib3.response import HTTPResponse
from urllib3.util import Retry, Timeout

from harness.model.policy import AdapterSettings, Policy, RetrySettings, SessionSettings, TimeoutSettings
from harness.session.resilience.retry import PolicyRetry

_NOWHERE = "http://127.0.0.1:9/"
_RETRY_FIELDS = tuple(name for name in RetrySettings.model_fields if name not in {"budget", "backoff"})


def read_back(policy: Policy, session: requests.Session) -> Policy:
    """The policy with the tables that describe its factory's objects; a declared policy is returned unchanged.

    What no table can describe, such as classes and hooks, goes into `read_back`; secrets are named, never shown. The
    Session makes one call that is not sent, to observe the timeouts and retries that it uses.
    """
    if policy.factory is None:
        return policy
    sent = _probe(session)
    adapter = session.get_adapter(_NOWHERE)
    retries = sent.get("retries", getattr(adapter, "max_retries", None))
    settings, notes = _session(session, policy)
    notes |= _classes(session, adapter, retries)
    update: dict[str, Any] = {"session": settings, "adapter": _adapter(adapter), "read_back": notes}
    if isinstance(retries, Retry):
        update["retry"] = _retry(retries)
    if policy.timeout == TimeoutSettings():
        update["timeout"] = _timeout(sent.get("timeout"))
    return policy.model_copy(update=update)


def _probe(session: requests.Session) -> dict[str, Any]:
    """The arguments of one GET to urllib3; empty when the Session's adapter works without urllib3's pools."""
    adapter: Any = session.get_adapter(_NOWHERE)
    seen: dict[str, Any] = {}
    get_pool = getattr(adapter, "get_connection_with_tls_context", None)
    if get_pool is None:
        return seen

    def respond(*_: Any, **kwargs: Any) -> HTTPResponse:
        seen.update(kwargs)
        return HTTPResponse(BytesIO(b"{}"), status=200, preload_content=False)

    def pool(*args: Any, **kwargs: Any) -> Any:
        found = get_pool(*args, **kwargs)
        found.urlopen = respond
        return found

    adapter.get_connection_with_tls_context = pool
    with suppress(Exception):  # A hook may fail on the empty response; the request was observed before.
        session.get(_NOWHERE)
    return seen


def _session(session: requests.Session, policy: Policy) -> tuple[SessionSettings, dict[str, str]]:
    usual = requests.utils.default_headers()
    given = {name: str(value) for name, value in session.headers.items() if usual.get(name) != value}
    headers, hidden = _open(given)
    notes = {f"session.headers.{name}": "set, not shown" for name in hidden}
    if session.auth is not None:
        notes["session.auth"] = type(session.auth).__name__
    return SessionSettings(
        headers=headers,
        proxies={scheme: _without_credentials(url) for scheme, url in session.proxies.items()},
        verify=session.verify if isinstance(session.verify, bool | str) else True,
        max_redirects=session.max_redirects,
        trust_env=session.trust_env,
        stream=session.stream,
        scope=policy.session.scope,
    ), notes


def _open(given: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The headers that may be shown, and the names of those that may not."""
    shown: dict[str, str] = {}
    hidden = []
    for name, value in given.items():
        try:
            SessionSettings(headers={name: value})
            shown[name] = value
        except ValidationError:
            hidden.append(name)
    return shown, hidden


def _adapter(adapter: object) -> AdapterSettings:
    usual = AdapterSettings()
    return AdapterSettings(
        pool_connections=max(1, int(getattr(adapter, "_pool_connections", usual.pool_connections))),
        pool_maxsize=max(1, int(getattr(adapter, "_pool_maxsize", usual.pool_maxsize))),
        pool_block=bool(getattr(adapter, "_pool_block", usual.pool_block)),
    )


def _retry(retries: Retry) -> RetrySettings:
    table = {name: getattr(retries, name) for name in _RETRY_FIELDS}
    for name in ("allowed_methods", "status_forcelist", "remove_headers_on_redirect"):
        table[name] = tuple(sorted(table[name] or ()))
    table["allowed_methods"] = table["allowed_methods"] or False
    table["retry_after_max"] = int(table["retry_after_max"])
    return RetrySettings(**table)


def _timeout(timeout: object) -> TimeoutSettings:
    if not isinstance(timeout, Timeout):
        return TimeoutSettings()
    seconds = [
        value if isinstance(value, int | float) else None for value in (timeout._connect, timeout._read)
    ]
    return TimeoutSettings(connect_s=seconds[0], read_s=seconds[1])


def _classes(session: requests.Session, adapter: object, retries: object) -> dict[str, str]:
    notes = {"session": _name(session), "adapter": _name(adapter)}
    if isinstance(retries, Retry) and type(retries) not in (Retry, PolicyRetry):
        notes["retry"] = _name(retries)
    hooks = [getattr(hook, "__qualname__", repr(type(hook))) for hook in session.hooks.get("response", ())]
    if hooks:
        notes["hooks"] = ", ".join(hooks)
    notes["mounts"] = ", ".join(session.adapters)
    return notes


def _name(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
