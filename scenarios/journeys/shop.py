"""Callers of a service of your own: what `thread.client` calls are the service's endpoints, not its dependency's."""

from typing import Any


def visit(thread: Any) -> None:
    """Logs in, looks at the orders and, now and then, buys."""
    token = thread.client.post("/login", json={"user": "one"}, name="POST /login")
    if not token.ok:
        return
    headers = {"Authorization": f"Bearer {token.json()['token']}"}
    listed = thread.client.get("/orders", headers=headers, name="GET /orders")
    draw = thread.random
    if listed.ok and draw.random() < 0.25:
        order = {"like": draw.randint(1, 100), "key": f"order-{draw.getrandbits(64):016x}"}
        thread.client.post("/buy", json=order, headers=headers, name="POST /buy")
