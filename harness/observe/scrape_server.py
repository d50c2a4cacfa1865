"""Serves scrapes on a port, and records when the last values were sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from time import monotonic

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LINGER = "SURGELINE_METRICS_LINGER_S"
LINGER_S = 5.0
"""The longest wait for another scrape by a scraper that has scraped before."""


def advertised(host: str, port: int, environment: Mapping[str, str]) -> str:
    """Where a scraper reaches what listens on `host`: this machine's (a container's) name when that is every address.

    SURGELINE_METRICS_ADVERTISE names another host.
    """
    own = socket.gethostname() if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"{environment.get('SURGELINE_METRICS_ADVERTISE') or own}:{port}"


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
    """Serves `text()` at every path from now on. `port` is the real one, when 0 was given."""

    def __init__(self, host: str, port: int, text: Callable[[], bytes]) -> None:
        """Raises OSError when the port is taken."""
        self.scrapes = scrapes = Scrapes()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """One scrape."""
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
