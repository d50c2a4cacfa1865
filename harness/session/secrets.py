"""Resolves secrets, in the driver process only, and redacts them from all messages."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from harness.model.errors import ConfigError
from harness.model.secret import is_reference
from mock_upstream.config.regular_file import UnreadableFileError, read_file

_known: set[str] = set()
_allowed: set[str] | None = None
_SHORT, MOST_BYTES = 4, 65_536


def allow_only(references: Iterable[str]) -> None:
    """From now on this process resolves these references and no others."""
    global _allowed  # noqa: PLW0603
    _allowed = set(references)


def resolve(reference: str, place: str, key: str) -> str:
    """The secret behind `env:NAME` or `file:PATH`. Raises ConfigError, which never shows a secret."""
    if _allowed is not None and reference not in _allowed:
        problem = f"refers to {reference}, which is not allowed here; to allow it, use --allow-secret"
        raise ConfigError(place, key, problem)
    kind, _, name = reference.partition(":")
    if kind == "env":
        if name not in os.environ:
            raise ConfigError(place, key, f"refers to {reference}, and {name} is not set; export it first")
        return remember(os.environ[name])
    try:
        return remember(read_file(Path(os.path.expanduser(name)), MOST_BYTES).decode().strip())
    except (UnreadableFileError, UnicodeDecodeError) as error:
        problem = str(error) if isinstance(error, UnreadableFileError) else "is not text"
        raise ConfigError(place, key, f"refers to {reference}, which {problem}") from None


def resolved(pairs: Mapping[str, str], place: str, key: str) -> dict[str, str]:
    """The same names, with the values that are references resolved. Raises ConfigError."""
    return {
        name: resolve(value, place, f"{key}.{name}") if is_reference(value) else value
        for name, value in pairs.items()
    }


def remember(secret: str, user: str = "") -> str:
    """Redacts a secret from now on, in each of its encoded forms. Returns it."""
    if len(secret) >= _SHORT:
        _known.update((secret, quote(secret), quote(secret, safe="")))
        if user:
            _known.add(b64encode(f"{user}:{secret}".encode()).decode())
    return secret


def redact(text: str) -> str:
    """The text with "***" in place of every known secret."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, "***")
    return text
