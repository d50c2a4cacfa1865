"""Serves scrapes on a port, and records when the last values were sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from time import monotonic
from urllib.parse import urlsplit

from harness.model.allowed_targets import is_loopback

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ADVERTISE, LINGER = "SURGELINE_METRICS_ADVERTISE", "SURGELINE_METRICS_LINGER_S"
LINGER_S = 5.0
"""The longest wait for another scrape by a scraper that has scraped before."""


def advertised(host: str, port: int, environment: Mapping[str, str]) -> str:
    """Where a scraper reaches what listens on `host`: this machine's (a container's) name when that is every address.

    SURGELINE_METRICS_ADVERTISE names another host.
    """
    own = socket.gethostname() if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"{environment.get(ADVERTISE) or own}:{port}"


def names_loopback(authority: str, advertised_as: str = "") -> bool:
    """Whether a request's Host header, with or without a port, is loopback or the advertised name.

    Any site can let a name of its own point to this machine (DNS rebinding), and a browser sends that name.
    """
    try:
        name = urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or (bool(advertised_as) and name == advertised_as.lower())


class Scrapes:
    """When scrapes began whose responses were sent completely. Times are readings of the monotonic clock."""

    def __init__(self) -> None:
        self._answered = threading.Condition()
        self._last_began_s = float("-inf")

    @property
    def any(self) -> bool:
        """True after the first scrape."""
        return self._last_began_s > float("-inf")

    def answered(self, began_s: float) -> None:
        """A scrape that began then has its complete response."""
        with self._answered:
            self._last_began_s = max(self._last_began_s, began_s)
            self._answered.notify_all()

    def wait_for_one_after(self, at_s: float, timeout_s: float) -> bool:
        """True as soon as a scrape that began after `at_s` has its response; False when none comes in time."""
        with self._answered:
            return self._answered.wait_for(lambda: self._last_began_s > at_s, timeout_s)


class _Listener(ThreadingTCPServer):
    """http.server's own looks up the host's name first, which can take seconds in a container."""

    allow_reuse_address = True
    daemon_threads = True


class Server:
    """Serves `text()` at every path from now on. `port` is the real one, when 0 was given.

    On loopback it answers requests to loopback, and to the name in `advertised_as`, only.
    """

    def __init__(self, host: str, port: int, text: Callable[[], bytes], advertised_as: str = "") -> None:
        """Raises OSError when the port is taken."""
        self.scrapes = scrapes = Scrapes()
        guarded = is_loopback(host)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """One scrape."""
                asked = self.headers.get_all("Host", [])
                if guarded and not all(names_loopback(name, advertised_as) for name in asked):
                    self.send_error(403, "not a name of these metrics; use 127.0.0.1")
                    return
                began_s = monotonic()
                body = text()
                self.send_response(200)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()
                scrapes.answered(began_s)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Logs nothing for a scrape."""

        self._server = _Listener((host, port), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hand_over(self, environment: Mapping[str, str]) -> bool:
        """Waits until a scrape that begins from now on has its response; False when none came.

        Without SURGELINE_METRICS_LINGER_S it waits only for a scraper that has scraped before, at most 5 s; with it,
        that many seconds for any scraper, so that runs shorter than the scrape interval are scraped too.
        """
        wish = environment.get(LINGER, "")
        timeout_s = float(wish) if wish else LINGER_S if self.scrapes.any else 0.0
        return timeout_s > 0 and self.scrapes.wait_for_one_after(monotonic(), timeout_s)
