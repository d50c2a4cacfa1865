"""An example of a service of your own: a WSGI application that calls an orders API with requests.

It knows nothing of surgeline. `scenarios/orders-service.toml` starts it.
"""

import json
import os

import requests

API = os.environ["ORDERS_API_URL"]
PATIENCE_S = 3
session = requests.Session()  # One for the process; its threads share it.


def login(_body):
    """A local check, which needs no dependency."""
    return 200, {"token": "of-a-customer"}


def orders(_body):
    """One request to the dependency."""
    return 200, _asked("GET", "/orders")["orders"]


def buy(body):
    """Two requests: is the item there, and the order itself."""
    _asked("GET", f"/orders/{body.get('like', 1)}")
    key = {"Idempotency-Key": body.get("key", "")} if body.get("key") else {}
    return 201, _asked("POST", "/orders", json={"item": "A-1", "quantity": 1}, headers=key)


def healthy(_body):
    """Whether the process serves; it says nothing about the dependency."""
    return 200, {"ready": True}


ROUTES = {
    ("GET", "/healthz"): healthy,
    ("POST", "/login"): login,
    ("GET", "/orders"): orders,
    ("POST", "/buy"): buy,
}


def app(environ, start_response):
    """The WSGI application: `gunicorn orders:app`."""
    handler = ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    try:
        status, found = handler(_body_of(environ)) if handler else (404, {"error": "no such page"})
    except requests.RequestException as error:
        status, found = 503, {"error": type(error).__name__}
    body = json.dumps(found).encode()
    start_response(f"{status} .", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _asked(method, path, **kwargs):
    response = session.request(method, API + path, timeout=PATIENCE_S, **kwargs)
    response.raise_for_status()
    return response.json()


def _body_of(environ):
    size = int(environ.get("CONTENT_LENGTH") or 0)
    return json.loads(environ["wsgi.input"].read(size)) if size else {}
