"""The token that a run and its workers have in common: from the environment, from a file, or new."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.model.allowed_targets import is_loopback
from harness.model.errors import ConfigError
from mock_upstream.config.regular_file import UnreadableFileError, read_file
from mock_upstream.process.owned_folder import owned_folder

TOKEN = "SURGELINE_WORKER_TOKEN"  # noqa: S105 - the name of the variable that holds it
LEAST, MOST_BYTES = 32, 4096
_MAKE = "make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"


def given_token(file: str = "") -> str:
    """The token of the file, or of SURGELINE_WORKER_TOKEN; "" for none. Raises ConfigError."""
    if not file:
        return _checked(os.environ[TOKEN], TOKEN) if os.environ.get(TOKEN) else ""
    try:
        text = read_file(Path(file).expanduser(), MOST_BYTES).decode()
    except UnreadableFileError as error:
        raise ConfigError("--token-file", file, f"{error}; {_MAKE}") from None
    except UnicodeDecodeError:
        raise ConfigError("--token-file", file, f"is not text; {_MAKE}") from None
    return _checked(text, file)


def required_token(file: str, reason: str) -> str:
    """The given token. Raises ConfigError, with the reason for which one is required, when there is none."""
    token = given_token(file)
    if not token:
        raise ConfigError(
            TOKEN, "", f"is not set; {reason}; set it, or name a file with --token-file; {_MAKE}"
        )
    return token


@contextmanager
def token_for_workers(host: str, file: str = "") -> Iterator[tuple[str, str]]:
    """The token for workers that connect to `host`, and the file that holds it; "" where the environment does.

    Without a given token a new one is written to a file of this user, which lasts as long as the run, if workers of
    this machine only can connect. Raises ConfigError for any other host.
    """
    token = given_token(file) if is_loopback(host) else required_token(file, f"{host} is not loopback")
    if token:
        yield token, file
        return
    with owned_folder() as folder:
        token, made = new_token(), Path(folder) / "token"
        made.touch(mode=0o600)
        made.write_text(token)
        yield token, str(made)


def new_token() -> str:
    """A token for one run."""
    return secrets.token_hex(32)


def _checked(text: str, place: str) -> str:
    token = text.strip()
    if len(token) < LEAST or not token.isprintable():
        raise ConfigError(place, "", f"must have at least {LEAST} printable characters in one line; {_MAKE}")
    return token
