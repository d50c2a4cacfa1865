"""An example of a service of your own: a WSGI application that calls an orders API with requests.

It knows nothing of surgeline. `scenarios/orders-service.toml` starts it.
"""

import json
import os
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import requests

API = os.environ["ORDERS_API_URL"]
PATIENCE_S = 3
session = requests.Session()  # One for the process; its threads share it.


def healthy(_body: Any) -> Any:
    """Whether the process serves; it says nothing about the dependency."""
    return {"ready": True}


def login(_body: Any) -> Any:
    """A local check, which needs no dependency."""
    return {"token": "of-a-customer"}


def orders(_body: Any) -> Any:
    """One request to the dependency."""
    return ask("GET", "/orders")["orders"]


def buy(body: Any) -> Any:
    """Two requests: whether the item is there, and the order itself."""
    ask("GET", f"/orders/{body['like']}")
    return ask("POST", "/orders", json={"item": "A-1"}, headers={"Idempotency-Key": body["key"]})


def ask(method: str, path: str, **kwargs: Any) -> Any:
    """One request to the orders API. Raises requests.RequestException when it fails."""
    response = session.request(method, API + path, timeout=PATIENCE_S, **kwargs)
    response.raise_for_status()
    return response.json()


ROUTES = {"GET /healthz": healthy, "POST /login": login, "GET /orders": orders, "POST /buy": buy}


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The WSGI application: `gunicorn orders:app`."""
    handler = ROUTES.get(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = json.loads(environ["wsgi.input"].read(size)) if size else {}
    status, found = HTTPStatus.NOT_FOUND, None
    if handler is not None:
        try:
            status, found = HTTPStatus.OK, handler(body)
        except requests.RequestException as error:
            status, found = HTTPStatus.SERVICE_UNAVAILABLE, {"error": type(error).__name__}
    sent = json.dumps(found).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(sent)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [sent]
