"""A thread that makes a health check of the dependency before its first real request."""

from typing import Any

from scenarios.journeys.orders import browse_and_buy


def healthy_first(thread: Any) -> None:
    """Browses and buys, once a health check of this thread has passed; until then each journey is one more check."""
    if not getattr(thread, "warm", False):
        thread.warm = thread.client.get("/status/200", name="GET /health").ok
    if thread.warm:
        browse_and_buy(thread)
