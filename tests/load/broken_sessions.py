"""Factories of Sessions that break, for the new policy of a canary or a shadow."""

from __future__ import annotations

import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter

RELEASED = threading.Event()
"""Lets the calls go on that hang."""


class DefectiveAdapter(HTTPAdapter):
    """Raises what requests never raises."""

    def send(self, *_: Any, **__: Any) -> requests.Response:
        raise TypeError("the adapter has a defect")


class HangingAdapter(HTTPAdapter):
    """Sends nothing until it is released."""

    def send(self, *given: Any, **settings: Any) -> requests.Response:
        RELEASED.wait(30)
        return super().send(*given, **settings)


class CorruptingAdapter(HTTPAdapter):
    """Returns a body that lost its end."""

    def send(self, *given: Any, **settings: Any) -> requests.Response:
        response = super().send(*given, **settings)
        response._content = response.content[:-10]
        return response


def defective() -> requests.Session:
    return _with(DefectiveAdapter())


def hanging() -> requests.Session:
    return _with(HangingAdapter())


def corrupting() -> requests.Session:
    return _with(CorruptingAdapter())


def without_adapter() -> requests.Session:
    session = requests.Session()
    session.adapters.clear()
    return session


def _with(adapter: HTTPAdapter) -> requests.Session:
    session = requests.Session()
    session.mount("http://", adapter)
    return session
