"""A thread that asks whether the dependency is well before it sends the first real request."""

from typing import Any

from scenarios.journeys.orders import browse_and_buy


def healthy_first(thread: Any) -> None:
    """Browses and buys, once a health check of this thread has passed; until then each turn is one more check."""
    if not getattr(thread, "warm", False):
        thread.warm = thread.client.get("/status/200", name="GET /health").ok
    if thread.warm:
        browse_and_buy(thread)
