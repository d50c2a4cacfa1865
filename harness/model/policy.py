"""How the client behaves. Tables that pass straight to a library keep that library's own keyword names."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.model.auth import Auth, BasicAuth, BearerAuth, CustomAuth, ObjectPath
from harness.model.durations import YEAR_S, Seconds, WaitSeconds
from harness.model.hedge_settings import HedgeSettings
from harness.model.limiter_settings import LimiterSettings
from harness.model.ownership import LABELS, Day, FileOwner, Flag
from harness.model.resilience_settings import (
    BackoffSettings,
    BreakerSettings,
    BudgetSettings,
    BulkheadSettings,
    SocketSettings,
    ThrottleSettings,
)
from harness.model.secret import Pairs, PlainUrl, Secret
from mock_upstream.config.toml import Frozen

__all__ = [
    "AdapterSettings", "BasicAuth", "BearerAuth", "Policy", "RetrySettings", "SessionSettings", "TimeoutSettings",
]  # fmt: skip

_OF_REQUESTS_ALONE = (
    "cookies",
    "proxies",
    "cert",
    "stream",
    "scope",
    "proxy_auth",
    "cookie_file",
    "warm_connections",
)

MOST_SLOTS = 100_000
"""urllib3 fills a pool with one placeholder for each slot when it makes it."""

Count = Annotated[int, Field(ge=0)]
Slots = Annotated[int, Field(ge=1, le=MOST_SLOTS)]
Status = Annotated[int, Field(ge=100, le=599)]


class ProxyAuth(Frozen):
    """The credentials for a proxy; they are added to the proxy's URL in the driver process only."""

    username: str
    password: Secret


class SessionSettings(Frozen):
    """Attributes of `requests.Session`, and four settings that surgeline adds.

    `scope` is how widely one Session is shared: by the whole process, by each thread, or not at all (a Session
    per call, as in `requests.get`). `cookie_file` keeps cookies between runs, readable by the owner only.
    `warm_connections` are opened before the first call.
    """

    headers: Pairs = Field(default_factory=dict)
    params: Pairs = Field(default_factory=dict)
    auth: Auth | None = None
    cookies: Pairs = Field(default_factory=dict)
    proxies: dict[str, PlainUrl] = Field(default_factory=dict)
    verify: bool | str = True
    cert: str | tuple[str, str] | None = None
    max_redirects: Count = 30
    trust_env: bool = True
    stream: bool = False
    scope: Literal["process", "user", "call"] = "process"
    proxy_auth: ProxyAuth | None = None
    cookie_file: str | None = None
    warm_connections: Count = 0

    @model_validator(mode="after")
    def _consistent(self) -> SessionSettings:
        if self.proxy_auth is not None and not self.proxies:
            raise ValueError("sets proxy_auth without proxies; set proxies, or remove proxy_auth")
        if self.warm_connections and self.scope == "call":
            raise ValueError(
                'sets warm_connections with scope = "call", where no connection is kept; remove one'
            )
        return self


class AdapterSettings(Frozen):
    """Keyword arguments of `requests.adapters.HTTPAdapter`, with its defaults."""

    pool_connections: Slots = 10
    pool_maxsize: Slots = 10
    pool_block: bool = False


class TimeoutSettings(Frozen):
    """The `timeout=` of each request, in seconds; absent means none, and requests then waits without limit.

    `total_s` is surgeline's: a deadline over all attempts of a call, with their sleeps and bodies.
    """

    connect_s: Seconds | None = None
    read_s: Seconds | None = None
    total_s: Seconds | None = None


class RetrySettings(Frozen):
    """Keyword arguments of `urllib3.util.Retry`; one that is not written keeps urllib3's default.

    `budget` and `backoff` are surgeline's. With either of them, or with `timeout.total_s`, a sleep before a retry never
    holds a connection's slot; without them the sleep is urllib3's own, which holds the slot after an error.
    """

    total: Count | Literal[False] | None = 10
    connect: Count | Literal[False] | None = None
    read: Count | Literal[False] | None = None
    redirect: Count | Literal[False] | None = None
    status: Count | None = None
    other: Count | None = None
    allowed_methods: tuple[str, ...] | Literal[False] = ("DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE")
    status_forcelist: tuple[Status, ...] = ()
    backoff_factor: WaitSeconds = 0.0
    backoff_max: WaitSeconds = 120.0
    backoff_jitter: WaitSeconds = 0.0
    raise_on_redirect: bool = True
    raise_on_status: bool = True
    respect_retry_after_header: bool = True
    retry_after_max: Annotated[int, Field(ge=0, le=YEAR_S)] = 21600
    remove_headers_on_redirect: tuple[str, ...] = ("Authorization", "Cookie", "Proxy-Authorization")
    budget: BudgetSettings | None = None
    backoff: BackoffSettings | None = None

    @model_validator(mode="after")
    def _consistent(self) -> RetrySettings:
        if self.backoff is not None and (self.backoff_factor or self.backoff_jitter):
            raise ValueError(
                "has both retry.backoff and backoff_*, which are two formulas for the same sleep; remove one"
            )
        return self


class BuiltDifference(Frozen):
    """A setting for which the file declares one value and the built Session has another, both as text."""

    key: str
    declared: str
    built: str


class Policy(Frozen):
    """One client under test: a declared one, or `factory = "module:build_session"` for the team's own.

    `path` is a folder to import the factory from, relative to the policy's file. `read_back` and `built_otherwise` do
    not belong in files. A run's record has `read_back` for a team's own Session, with the tables that were read back
    from its objects, and `built_otherwise` for a declared policy whose built Session differs from the file.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    description: str = ""
    owner: FileOwner | None = None
    review_by: Day | None = None
    """The day by which somebody of the owner's team reviews the file again."""
    flag: tuple[Flag, ...] = ()
    """Settings that are meant to be temporary; `surgeline check --all` lists those that are stale."""
    as_is: bool = False
    """The service's own Sessions, unchanged; for scenarios whose service has a command."""
    factory: ObjectPath | None = None
    path: str | None = None
    transport: Literal["requests", "httpx", "httpx-async", "aiohttp"] = "requests"
    session: SessionSettings = Field(default_factory=SessionSettings)
    adapter: AdapterSettings = Field(default_factory=AdapterSettings)
    socket: SocketSettings = Field(default_factory=SocketSettings)
    timeout: TimeoutSettings = Field(default_factory=TimeoutSettings)
    retry: RetrySettings | None = None
    breaker: BreakerSettings | None = None
    throttle: ThrottleSettings | None = None
    bulkhead: BulkheadSettings | None = None
    limiter: LimiterSettings | None = None
    hedge: HedgeSettings | None = None
    read_back: dict[str, str] | None = None
    built_otherwise: tuple[BuiltDifference, ...] = ()

    @model_validator(mode="after")
    def _as_it_is_stands_alone(self) -> Policy:
        further = [
            name
            for name, field in Policy.model_fields.items()
            if getattr(self, name) != field.get_default(call_default_factory=True, validated_data={})
        ]
        others = sorted(set(further) - {*LABELS, "as_is"})
        if self.as_is and others:
            raise ValueError(f"has as_is and also {others[0]}, which would change the Sessions; remove one")
        return self

    @model_validator(mode="after")
    def _a_factory_stands_alone(self) -> Policy:
        declared = self._written("adapter", "retry", "socket", "transport")
        if self.retry is not None and self.retry.model_fields_set == {"budget"}:
            declared.remove("retry")
        if self.factory and declared and self.read_back is None:
            raise ValueError(
                f"has a factory and also [{declared[0]}]; the factory's own objects are used, remove the table"
            )
        if self.path is not None and not self.factory:
            raise ValueError("has a path and no factory to import from it; set factory, or remove path")
        return self

    @model_validator(mode="after")
    def _another_transport_stands_alone(self) -> Policy:
        declared = self._declared_for_requests_alone()
        if self.transport != "requests" and declared:
            raise ValueError(
                f'has transport = "{self.transport}" and {declared[0]}, which only requests supports; remove one'
            )
        return self

    def _declared_for_requests_alone(self) -> list[str]:
        """The keys that the library of `transport` has no counterpart for."""
        tables = ("retry", "socket", "breaker", "throttle", "bulkhead", "limiter", "hedge")
        usual, aiohttp = SessionSettings(), self.transport == "aiohttp"
        found = [f"[{name}]" for name in self._written(*tables)]
        found += [
            f"session.{name}"
            for name in _OF_REQUESTS_ALONE
            if getattr(self.session, name) != getattr(usual, name)
        ]
        if self.adapter.pool_connections != AdapterSettings().pool_connections:
            found.append("adapter.pool_connections")
        found += ["timeout.total_s"] if self.timeout.total_s is not None and not aiohttp else []
        found += ["a custom session.auth"] if isinstance(self.session.auth, CustomAuth) and aiohttp else []
        return found

    @model_validator(mode="after")
    def _a_budget_has_a_use(self) -> Policy:
        budget = self.retry is not None and self.retry.budget is not None
        if self.hedge is not None and not budget:
            raise ValueError(
                "has [hedge] without retry.budget, so hedges may double the load; set retry.budget and retry.total = 0"
            )
        if budget and self.hedge is None and self.retry is not None and not self.retry.total:
            raise ValueError("has a budget for retries and total is 0; allow retries, or remove retry.budget")
        return self

    @model_validator(mode="after")
    def _hedged_attempts_stand_alone(self) -> Policy:
        if self.hedge is None:
            return self
        if self.factory is None and self.retries_at_most:
            raise ValueError(
                "has [hedge], and retries of the same attempts; set retry.total = 0, or remove [hedge]"
            )
        if self.session.stream:
            raise ValueError(
                "has [hedge] and session.stream, and a streamed call cannot be hedged; remove one of them"
            )
        return self

    @model_validator(mode="after")
    def _no_more_warm_connections_than_slots(self) -> Policy:
        warm, slots = self.session.warm_connections, self.adapter.pool_maxsize
        if warm > slots and self.factory is None and not self.built_otherwise:
            raise ValueError(
                f"warms {warm} connections in a pool of {slots}; raise adapter.pool_maxsize to {warm}"
            )
        return self

    def _written(self, *tables: str) -> list[str]:
        """Those of the tables that differ from their default; a record also contains defaults."""
        usual = {
            name: field.get_default(call_default_factory=True)
            for name, field in type(self).model_fields.items()
        }
        return [name for name in tables if getattr(self, name) != usual[name]]

    @property
    def attempts_at_most(self) -> int:
        """The most attempts of one call, without those of redirects; a hedged call has no retries."""
        if self.transport == "aiohttp":
            return 2  # It repeats a request once whose kept connection breaks, and has no setting for it.
        return max(1 + self.retries_at_most, 1 if self.hedge is None else self.hedge.max_attempts)

    @property
    def retries_at_most(self) -> int:
        """The most retries of one call."""
        if self.retry is None or self.retry.total is False:
            return 0
        limits = (self.retry.total, self.retry.connect, self.retry.read, self.retry.status, self.retry.other)
        return self.retry.total if self.retry.total is not None else sum(limit or 0 for limit in limits)
