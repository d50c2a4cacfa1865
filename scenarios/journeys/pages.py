"""A crawl over all pages of a list, as an export or a nightly sync does."""

from typing import Any

import requests

MOST_PAGES = 10


class SeenTwice(Exception):
    """A page contained an order of an earlier page."""


def crawl(thread: Any) -> None:
    """Follows `next_page` to the end, up to a maximum of pages; a page that fails ends the crawl."""
    page, seen = 1, set[int]()
    for _ in range(MOST_PAGES):
        response: requests.Response = thread.client.get(
            f"/orders?page={page}&size=25", name="GET /orders?page"
        )
        if not response.ok:
            return
        numbers = {order["id"] for order in response.json()["orders"]}
        if numbers & seen:
            raise SeenTwice("an order was on two pages")
        seen |= numbers
        page = response.json()["next_page"]
        if page is None:
            return
