"""One event, sent to every subscriber: a pool of connections per host, and many hosts."""

from typing import Any


def fan_out(thread: Any) -> None:
    """POSTs the event to each region of the upstream; a failed one does not stop the others.

    `thread.targets` has the base URL of every region. A call accepts a whole URL in place of a path.
    """
    event = {"event": "order.shipped", "order": thread.random.randint(1, 100)}
    for host, url in thread.targets.items():
        thread.client.post(f"{url}/post", json=event, name=f"POST {host}")
