"""A WSGI service whose handler computes for 30 ms before it asks its dependency."""

import os
import time

import requests

API = os.environ["API"]
SESSION = requests.Session()


def app(environ, start_response):
    if environ["PATH_INFO"] != "/ready":
        until_s = time.thread_time() + 0.03
        while time.thread_time() < until_s:
            pass
        SESSION.get(API + "/orders/1")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done"]
