"""Secrets are written as references, `env:NAME` or `file:PATH`, and resolved in the driver process only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

REFERENCE = re.compile(r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")
_SECRET_NAME = re.compile(
    r"pass(word|wd)|secret|token|api[-_]?key|session|credential|authorization|^cookie$|^sid$", re.I
)


def is_reference(value: str) -> bool:
    """True for `env:NAME` and `file:PATH`."""
    return REFERENCE.match(value) is not None


def _reference(value: str) -> str:
    if not is_reference(value):
        raise PydanticCustomError(
            "secret", 'is a literal secret; write a reference, "env:NAME" or "file:PATH"'
        )
    return value


def _no_literal_secrets(table: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in table.items():
        if _SECRET_NAME.search(name) and not is_reference(value):
            raise PydanticCustomError(
                "secret", f'sets {name}, which is a secret; write a reference, "env:NAME" or "file:PATH"'
            )
    return table


def _no_credentials(url: str) -> str:
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise PydanticCustomError(
            "secret", "holds credentials; write the address alone, and session.proxy_auth with a reference"
        )
    return url


Secret = Annotated[str, AfterValidator(_reference)]
"""A reference to a secret; a literal one is rejected, and never shown in an error."""

Pairs = Annotated[dict[str, str], AfterValidator(_no_literal_secrets)]
"""Names and values; a value may be a reference, and must be one where the name is that of a secret."""

PlainUrl = Annotated[str, AfterValidator(_no_credentials)]
"""An address without credentials in it."""
