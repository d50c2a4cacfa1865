"""Locust's web UI, asked and told as its page does."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any

from tests.e2e.servers import until


class LocustUi:
    """The web UI of a master, or of a Locust alone, at `url`; it may not be up yet."""

    def __init__(self, url: str) -> None:
        self.url = url

    def swarm(self, **form: object) -> None:
        """Starts a test, as the form does."""
        self._ask("/swarm", urllib.parse.urlencode(form).encode())

    def stop(self) -> None:
        """Stops the test, as the button does."""
        self._ask("/stop", b"")

    def page(self) -> str:
        """The page itself."""
        with urllib.request.urlopen(self.url, timeout=10) as response:
            return str(response.read().decode())

    def logs(self) -> str:
        """What Locust has logged, as its page shows it."""
        return "\n".join(map(str, self._ask("/logs")["master"]))

    def stats(self) -> dict[str, Any]:
        """Locust's statistics, with its state and its workers; they may be two seconds old."""
        try:
            return self._ask("/stats/requests")
        except OSError:
            return {"state": "not up yet", "stats": [{"num_requests": 0}], "workers": []}

    @property
    def requests(self) -> int:
        """How many requests Locust has counted."""
        return int(self.stats()["stats"][-1]["num_requests"])

    def until(self, *states: str) -> None:
        """Waits until the state is one of these."""
        until(lambda: self.stats()["state"] in states, f"Locust is {' or '.join(states)}", at_most_s=45)

    def until_ready(self, workers: int) -> None:
        """Waits until exactly this number of workers is ready."""

        def ready() -> bool:
            states = [worker["state"] for worker in self.stats().get("workers", [])]
            return states.count("ready") == workers

        until(ready, f"{workers} workers are ready", at_most_s=45)

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        with urllib.request.urlopen(self.url + path, body, timeout=10) as response:
            return dict(json.load(response))
