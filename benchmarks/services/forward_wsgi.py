"""A WSGI service that forwards each GET to its dependency, for gunicorn."""

import os
from collections.abc import Callable
from typing import Any

import requests

API = os.environ["API"]
session = requests.Session()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Responds with the dependency's response, 503 where there is none, and without asking it for `/ready`."""
    status, body = "200 OK", b"ready"
    if environ["PATH_INFO"] != "/ready":
        try:
            found = session.get(API + environ["PATH_INFO"])
            status, body = f"{found.status_code} {found.reason}", found.content
        except requests.RequestException as error:
            status, body = "503 Service Unavailable", type(error).__name__.encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
