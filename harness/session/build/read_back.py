"""The policy that a built Session really has, read from its objects: a team's own, and a declared one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from pydantic import ValidationError
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.response import HTTPResponse
from urllib3.util import Retry, Timeout

from harness.model.policy import (
    AdapterSettings,
    BuiltDifference,
    Policy,
    RetrySettings,
    SessionSettings,
    TimeoutSettings,
)
from harness.session.build.session import timeout
from harness.session.resilience.retry import PolicyRetry

_NOWHERE = "http://127.0.0.1:9/"
_NO_RETRY = RetrySettings(total=0, read=False)  # What requests' adapter makes of no retries.
_SESSION_FIELDS = ("verify", "cert", "max_redirects", "trust_env", "stream")
_RETRY_FIELDS = tuple(name for name in RetrySettings.model_fields if name not in {"budget", "backoff"})


def read_back(policy: Policy, session: requests.Session) -> Policy:
    """The policy with the tables that describe the Session's objects.

    Of a factory's Session, what no table can describe, such as classes and hooks, goes into `read_back`; secrets are
    named, never shown. Of a declared policy's Session, each setting that differs from the declared one goes into
    `built_otherwise`; a policy for another transport, which has no Session, is returned unchanged. The Session
    makes one call that is not sent, to observe the pool, the timeouts and the retries that it uses.
    """
    if policy.factory is None:
        return _declared(policy, session) if policy.transport == "requests" else policy
    sent = _probe(session)
    adapter = session.get_adapter(_NOWHERE)
    retries = sent.get("retries", getattr(adapter, "max_retries", None))
    settings, notes = _session(session, policy)
    notes |= _classes(session, adapter, retries)
    update: dict[str, Any] = {"session": settings, "adapter": _adapter(adapter), "read_back": notes}
    if isinstance(retries, Retry):
        budget = policy.retry.budget if policy.retry is not None else None
        update["retry"] = _retry(retries).model_copy(update={"budget": budget})
    if policy.timeout == TimeoutSettings():
        update["timeout"] = _timeout(sent.get("timeout"))
    return policy.model_copy(update=update)


def _declared(policy: Policy, session: requests.Session) -> Policy:
    """The same policy, or one with the built values where they differ from the declared ones."""
    sent = _probe(session, auth=_unsigned, timeout=timeout(policy))
    built: dict[str, Any] = {"session": {name: getattr(session, name) for name in _SESSION_FIELDS}}
    if "pool" in sent:
        built["adapter"] = _pool(sent["pool"], session.get_adapter(_NOWHERE))
    if isinstance(sent.get("timeout"), Timeout):
        built["timeout"] = _timeout(sent["timeout"]).model_dump(exclude={"total_s"})
    if isinstance(sent.get("retries"), Retry):
        built["retry"] = _retry(sent["retries"]).model_dump(include=set(_RETRY_FIELDS))
    return _with_differences(policy, built)


def _with_differences(policy: Policy, built: Mapping[str, Mapping[str, Any]]) -> Policy:
    """The policy with the built values where they differ from the declared ones; `built` is by table and field."""
    differences, update = [], dict[str, Any]()
    for table, values in built.items():
        declared = _NO_RETRY if table == "retry" and policy.retry is None else getattr(policy, table)
        stored = _as_stored(declared) if isinstance(declared, RetrySettings) else declared
        otherwise = {name: value for name, value in values.items() if getattr(stored, name) != value}
        for name, value in otherwise.items():
            said = _text(getattr(declared, name))
            differences.append(BuiltDifference(key=f"{table}.{name}", declared=said, built=_text(value)))
        if otherwise:
            update[table] = declared.model_copy(update=otherwise)
    return (
        policy.model_copy(update=update | {"built_otherwise": tuple(differences)}) if differences else policy
    )


def _as_stored(table: RetrySettings) -> RetrySettings:
    """As urllib3's Retry stores it and `_retry` reads it; where no redirect is followed, none raises."""
    unredirected = table.redirect is False or table.total is False
    return table.model_copy(
        update={
            "allowed_methods": tuple(sorted(table.allowed_methods or ())) or False,
            "status_forcelist": tuple(sorted(table.status_forcelist)),
            "remove_headers_on_redirect": tuple(sorted(h.lower() for h in table.remove_headers_on_redirect)),
            "redirect": 0 if unredirected else table.redirect,
            "raise_on_redirect": table.raise_on_redirect and not unredirected,
        }
    )


def _text(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Takes the place of the Session's auth, which may request a token."""
    return request


def _probe(session: requests.Session, **given: Any) -> dict[str, Any]:
    """The arguments of one GET to urllib3, and its `pool`; empty when the adapter works without urllib3's pools."""
    adapter: Any = session.get_adapter(_NOWHERE)
    seen: dict[str, Any] = {}
    get_pool = getattr(adapter, "get_connection_with_tls_context", None)
    if get_pool is None:
        return seen

    def respond(*_: Any, **kwargs: Any) -> HTTPResponse:
        seen.update(kwargs)
        return HTTPResponse(BytesIO(b"{}"), status=200, preload_content=False)

    def pool(*args: Any, **kwargs: Any) -> Any:
        found = seen["pool"] = get_pool(*args, **kwargs)
        found.urlopen = respond
        return found

    adapter.get_connection_with_tls_context = pool
    with suppress(Exception):  # A hook may fail on the empty response; the request was observed before.
        session.get(_NOWHERE, **given)
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


def _pool(pool: HTTPConnectionPool, adapter: Any) -> dict[str, Any]:
    """What the pool itself holds, whatever its adapter was told."""
    slots = getattr(pool.pool, "maxsize", 1)
    return {
        "pool_connections": max(1, adapter.poolmanager.pools._maxsize),
        "pool_maxsize": max(1, slots),
        "pool_block": pool.block,
    }


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
    table["allowed_methods"] = table["allowed_methods"] or False  # To urllib3 2, none is every method.
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
