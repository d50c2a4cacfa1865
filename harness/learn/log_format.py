"""The format of an access log, as nginx's `log_format` or Apache's `LogFormat` writes it, as a regular expression.

nginx stamps the end of a request and Apache its begin; both may give the duration in several units. What the format
lacks is an error that says which directive to add.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.errors import ConfigError

NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer"'
    ' "$http_user_agent" $msec $request_time'
)
APACHE = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %{usec}t %D'
PLAIN = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'
KNOWN = (NGINX, APACHE, PLAIN + ' "$http_referer" "$http_user_agent"', PLAIN)
ADVICE = "add $msec and $request_time (nginx), or %{usec}t and %D (Apache), to its format"

UNITS_S = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_SECONDS, _ANY_REST = r"\d+\.\d+", ".*"
_NGINX_FIELDS: Mapping[str, tuple[str, str]] = {
    "msec": ("end_s", _SECONDS),
    "request_time": ("took_s", _SECONDS),
    "status": ("status", r"\d{3}"),
    "request": ("request", r'[^"]*'),
    "request_method": ("method", r"[A-Z]+|-"),
    "request_uri": ("path", r"\S*"),
    "uri": ("path", r"\S*"),
}
_APACHE_FIELDS: Mapping[str, tuple[str, str]] = {
    "D": ("took_us", r"\d+"),
    "{us}T": ("took_us", r"\d+"),
    "{ms}T": ("took_ms", r"\d+"),
    "{usec}t": ("begin_us", r"\d+"),
    "{begin:usec}t": ("begin_us", r"\d+"),
    "{end:usec}t": ("end_us", r"\d+"),
    "{msec}t": ("begin_ms", r"\d+"),
    "{begin:msec}t": ("begin_ms", r"\d+"),
    "{end:msec}t": ("end_ms", r"\d+"),
    "s": ("status", r"\d{3}"),
    ">s": ("status", r"\d{3}"),
    "r": ("request", r'[^"]*'),
    "m": ("method", r"[A-Z]+|-"),
    "U": ("path", r"\S*"),
    "t": ("", r"\[[^\]]*\]"),
}
_DIRECTIVE = re.compile(r"\$(\w+)|%([<>]?(?:\{[^}]*\})?[a-zA-Z])")


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A regular expression of the whole line, and the names of its groups in order, such as `end_s` and `took_us`."""

    pattern: str
    groups: tuple[str, ...]

    @property
    def stamp(self) -> str:
        """The group with the stamp below a second; empty without one."""
        return self._first("end_", "begin_")

    @property
    def took(self) -> str:
        """The group with the duration; empty without one."""
        return self._first("took_")

    def _first(self, *prefixes: str) -> str:
        return next((group for group in self.groups if group.startswith(prefixes)), "")


def log_format(text: str) -> LogFormat:
    """The format that a server's own directive describes. Raises ConfigError for one without a directive."""
    pattern, groups, at = "", list[str](), 0
    for found in _DIRECTIVE.finditer(text):
        pattern += re.escape(text[at : found.start()])
        at = found.end()
        name, body = _field(found, text[at : at + 1])
        if name and name not in groups:
            groups.append(name)
            pattern += f"({body})"
        else:
            pattern += f"(?:{body})"
    if not at:
        problem = f"{text[:40]!r} has no directive; write it as the server's configuration does"
        raise ConfigError("--log-format", "", problem)
    return LogFormat(f"^{pattern}{re.escape(text[at:])}$", tuple(groups))


def known_format(lines: list[str], place: str) -> LogFormat:
    """The first known format that fits most of these lines. Raises ConfigError, which names `place`."""
    for text in KNOWN:
        found = log_format(text)
        if sum(re.match(found.pattern, line) is not None for line in lines) > len(lines) / 2:
            return found
    problem = f"{lines[0][:60]!r} has no known format; give the server's own with --log-format"
    raise ConfigError(f"{place}:1", "", problem)


def _field(found: re.Match[str], following: str) -> tuple[str, str]:
    """The group of a directive, empty for one that is not used, and its expression."""
    known = _NGINX_FIELDS.get(found[1] or "") or _APACHE_FIELDS.get(found[2] or "")
    if known:
        return known
    return "", f"[^{re.escape(following)}]*" if following else _ANY_REST
