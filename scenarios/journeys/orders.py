"""Journeys against an orders API. A journey is a function of a thread, as a Locust task is of its user.

`thread.client` has a Session's verbs and takes paths; `name=` is the route's template when a path holds an id.
A call that fails on the network returns a response with `ok` False. `thread.random` draws the same under every
policy, so that all policies make the same requests.
"""

from typing import Any

import requests


def get_order(thread: Any) -> None:
    """One GET: the simplest journey, for known answers."""
    thread.client.get("/orders/1", name="GET /orders/{id}")


def browse_and_buy(thread: Any) -> None:
    """Lists orders, opens one, and now and then places one."""
    if not thread.client.get("/orders", name="GET /orders").ok:
        return
    draw = thread.random
    item: requests.Response = thread.client.get(f"/orders/{draw.randint(1, 100)}", name="GET /orders/{id}")
    if item.ok and draw.random() < 0.25:
        key = f"order-{draw.getrandbits(64):016x}"
        thread.client.post(
            "/orders",
            json={"item": "A-1", "quantity": 1},
            headers={"Idempotency-Key": key},
            name="POST /orders",
        )


def home_page(thread: Any) -> None:
    """One order and, unless the feature is off, similar ones: the optional step that can be shed at a peak."""
    number = thread.random.randint(1, 100)
    thread.client.get(f"/orders/{number}", name="GET /orders/{id}")
    if thread.feature("recommendations"):
        thread.client.get("/orders?size=5", name="GET /orders?size")


def place_and_check(thread: Any) -> None:
    """Places an order, without an idempotency key, and reads one: a POST and a GET on the same connections."""
    thread.client.post("/orders", json={"item": "A-1", "quantity": 1}, name="POST /orders")
    thread.client.get("/orders/1", name="GET /orders/{id}")


def read_order(thread: Any) -> None:
    """Parses the body, as a service does: one that is not an order raises, and is counted as a journey's error."""
    response: requests.Response = thread.client.get("/orders/7", name="GET /orders/{id}")
    if response.ok and response.json()["id"] != 7:
        raise ValueError("requested order 7, but got another one")
