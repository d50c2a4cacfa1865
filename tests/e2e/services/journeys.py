"""Callers of the services of the tests."""

from typing import Any

WAYS = ("/shared", "/own", "/alone", "/streamed")


def every_way(thread: Any) -> None:
    """One call for each way in which the service sends requests."""
    for way in WAYS:
        thread.client.get(way)


def in_a_thread(thread: Any) -> None:
    """The request is sent by a thread that the service starts."""
    thread.client.get("/thread")


def one_call(thread: Any) -> None:
    """One call of a service that has one handler."""
    thread.client.get("/")
