"""One event, told to every subscriber: a pool of connections per host, and many hosts."""

from typing import Any


def fan_out(thread: Any) -> None:
    """POSTs the event to each region of the upstream; one that fails does not keep it from the others.

    `thread.targets` has the base URL of every region. A whole URL may stand where a path does.
    """
    event = {"event": "order.shipped", "order": thread.random.randint(1, 100)}
    for host, url in thread.targets.items():
        thread.client.post(f"{url}/post", json=event, name=f"POST {host}")
