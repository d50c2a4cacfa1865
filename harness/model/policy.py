"""How the client behaves. Tables that pass straight to a library keep that library's own keyword names."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from harness.model.errors import Frozen

SECRET_PATTERN = re.compile(r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


def _reference(value: str) -> str:
    if not SECRET_PATTERN.match(value):
        raise PydanticCustomError(
            "secret", 'is a literal secret; write a reference, "env:NAME" or "file:PATH"'
        )
    return value


class BearerAuth(Frozen):
    """`Authorization: Bearer …`; the token is a reference and is resolved in the driver process only."""

    kind: Literal["bearer"]
    token: str

    _token = field_validator("token")(_reference)


class BasicAuth(Frozen):
    """HTTP basic authentication; the password is a reference."""

    kind: Literal["basic"]
    username: str
    password: str

    _password = field_validator("password")(_reference)


Auth = Annotated[BearerAuth | BasicAuth, Field(discriminator="kind")]


class SessionSettings(Frozen):
    """Attributes of `requests.Session`. `scope` is ours: how widely one Session is shared."""

    headers: dict[str, str] = Field(default_factory=dict)
    params: dict[str, str] = Field(default_factory=dict)
    auth: Auth | None = None
    verify: bool | str = True
    max_redirects: Annotated[int, Field(ge=0)] = 30
    trust_env: bool = True
    scope: Literal["process", "user", "call"] = "process"

    @field_validator("headers")
    @classmethod
    def _no_literal_secrets(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if name.lower() in SECRET_HEADERS:
                message = "sets {name}, which is a secret; use session.auth with a reference"
                raise PydanticCustomError("secret", message, {"name": name})
        return value


class AdapterSettings(Frozen):
    """Keyword arguments of `requests.adapters.HTTPAdapter`, with its defaults."""

    pool_connections: Annotated[int, Field(ge=1)] = 10
    pool_maxsize: Annotated[int, Field(ge=1)] = 10
    pool_block: bool = False


class TimeoutSettings(Frozen):
    """The `timeout=` of each request, in seconds. Absent means none: requests then waits for ever."""

    connect_s: Annotated[float, Field(gt=0)] | None = None
    read_s: Annotated[float, Field(gt=0)] | None = None


Count = Annotated[int, Field(ge=0)]


class RetrySettings(Frozen):
    """Keyword arguments of `urllib3.util.Retry`; one that is not written keeps urllib3's default."""

    total: Count | Literal[False] = 10
    connect: Count | None = None
    read: Count | None = None
    redirect: Count | None = None
    status: Count | None = None
    other: Count | None = None
    allowed_methods: tuple[str, ...] | Literal[False] = ("DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE")
    status_forcelist: tuple[Annotated[int, Field(ge=100, le=599)], ...] = ()
    backoff_factor: Annotated[float, Field(ge=0)] = 0.0
    backoff_max: Annotated[float, Field(ge=0)] = 120.0
    backoff_jitter: Annotated[float, Field(ge=0)] = 0.0
    raise_on_redirect: bool = True
    raise_on_status: bool = True
    respect_retry_after_header: bool = True
    retry_after_max: Count = 21600
    remove_headers_on_redirect: tuple[str, ...] = ("Authorization", "Cookie", "Proxy-Authorization")


class Policy(Frozen):
    """One experimental unit: a declared client, or `factory = "module:build_session"` for the team's own."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    description: str = ""
    factory: str | None = None
    session: SessionSettings = SessionSettings()
    adapter: AdapterSettings = AdapterSettings()
    timeout: TimeoutSettings = TimeoutSettings()
    retry: RetrySettings | None = None

    @field_validator("factory")
    @classmethod
    def _module_and_name(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"^[\w.]+:[\w.]+$", value):
            raise ValueError('must be written as "module:build_session"')
        return value

    @model_validator(mode="after")
    def _a_factory_stands_alone(self) -> Policy:
        declared = self.model_fields_set & {"adapter", "retry"}
        if self.factory and declared:
            raise ValueError(
                f"has a factory and also [{min(declared)}]; the factory's own objects decide, remove the table"
            )
        return self

    @property
    def attempts_at_most(self) -> int:
        """Attempts that one call may cost, counted with the first."""
        if self.retry is None or self.retry.total is False:
            return 1
        return 1 + self.retry.total
