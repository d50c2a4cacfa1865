"""A WSGI service that sends its requests in every way in which services do."""

import os
import threading

import requests

API = os.environ["API"]
SHARED = requests.Session()


def shared():
    return SHARED.get(API + "/orders/1").content


def own():
    with requests.Session() as session:
        return session.get(API + "/orders/1").content


def alone():
    return requests.get(API + "/orders/1", timeout=5).content


def in_a_thread():
    thread = threading.Thread(target=shared)
    thread.start()
    thread.join()
    return b"{}"


def streamed():
    for _ in range(2):
        yield shared()


WAYS = {"/shared": shared, "/own": own, "/alone": alone, "/thread": in_a_thread}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/streamed":
        return streamed()
    return [WAYS[path]() if path in WAYS else b"ready"]
