"""Cookies that are kept after the process ends, in a file that only its owner can read."""

from __future__ import annotations

import io
import re
from http.cookiejar import Cookie, LoadError, MozillaCookieJar
from pathlib import Path
from typing import Any

from requests.cookies import RequestsCookieJar

from harness.model.atomic import replacing
from harness.model.errors import ConfigError
from mock_upstream.config.regular_file import UnreadableFileError, read_file

_SECONDS = re.compile(r"(?a:-?\d{1,15}(\.\d+)?)?")
"""When a cookie ends, in Unix time; empty or 0 for one of this session."""


class FiledCookies(RequestsCookieJar):
    """Reads its file at the start and writes it whenever a cookie changes; mode 0600, in Netscape's format."""

    def __init__(self, path: Path, place: str) -> None:
        """Raises ConfigError when the file exists and cannot be read."""
        super().__init__()
        self._path: Path | None = None
        if path.exists():
            jar = MozillaCookieJar(str(path))
            try:
                _check_lines(read_file(path).decode())
                jar.load(ignore_discard=True, ignore_expires=True)
            except (LoadError, OSError, ValueError, UnreadableFileError) as error:
                raise ConfigError(
                    place, "session.cookie_file", f"is {path}, which is not a cookie file: {error}"
                ) from None
            self.update(jar)
        self._path = path

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> None:
        """Keeps the cookie, and writes the file when the cookie has changed."""
        known = any(_same(cookie, other) for other in self)
        super().set_cookie(cookie, *args, **kwargs)
        if self._path is not None and not known:
            self._save(self._path)

    def _save(self, path: Path) -> None:
        with replacing(path, mode=0o600) as draft:
            jar = MozillaCookieJar(str(draft))
            for cookie in self:
                jar.set_cookie(cookie)
            jar.save(ignore_discard=True, ignore_expires=True)


def _check_lines(text: str) -> None:
    """Raises ValueError for a line that holds no cookie; the library would print a traceback, or the cookie."""
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if not line.strip() or (line.strip().startswith(("#", "$")) and not line.startswith("#HttpOnly_")):
            continue
        domain, *others = line.removeprefix("#HttpOnly_").rstrip("\n").split("\t")
        whole = len(others) == 6 and (others[0] == "TRUE") == domain.startswith(".")
        if not whole or not _SECONDS.fullmatch(others[3]):
            raise ValueError(
                f"line {number} must have seven fields with tabs between them, as cookies.txt has"
            )


def _same(a: Cookie, b: Cookie) -> bool:
    return (a.name, a.value, a.domain, a.path) == (b.name, b.value, b.domain, b.path)
