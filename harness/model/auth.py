"""How the client authenticates: the `auth` of a Session, with secrets by reference."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from harness.model.secret import Secret
from mock_upstream.config.toml import Frozen


def _module_and_name(value: str) -> str:
    if not re.match(r"^[\w.]+:[\w.]+$", value):
        raise ValueError('must be written as "module:build_session"')
    return value


ObjectPath = Annotated[str, AfterValidator(_module_and_name)]
"""`module:name`, both dotted."""


class BearerAuth(Frozen):
    """`Authorization: Bearer …`."""

    kind: Literal["bearer"]
    token: Secret


class BasicAuth(Frozen):
    """HTTP basic authentication."""

    kind: Literal["basic"]
    username: str
    password: Secret


class DigestAuth(Frozen):
    """HTTP digest authentication: the first request gets the response 401 with a challenge, and is sent again."""

    kind: Literal["digest"]
    username: str
    password: Secret


class ApiKeyAuth(Frozen):
    """An API key in a header."""

    kind: Literal["api-key"]
    header: str = "X-Api-Key"
    key: Secret


class CustomAuth(Frozen):
    """The team's own `requests.auth.AuthBase`: `factory` is called without arguments and returns it."""

    kind: Literal["custom"]
    factory: ObjectPath


Auth = Annotated[BearerAuth | BasicAuth | DigestAuth | ApiKeyAuth | CustomAuth, Field(discriminator="kind")]
