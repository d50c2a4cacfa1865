"""A question that does not wait costs no turn of the loop; the answers are urllib3's own."""

from __future__ import annotations

import subprocess
import sys

ASKS = """
import locust, socket, time
import gevent, urllib3.util.wait as wait
from gevent.monkey import get_original
from harness.session.trace.gevent_poll import ask_the_kernel

ask_the_kernel(get_original('select', 'poll'))
near, far = socket.socketpair()
turns = gevent.get_hub().loop.iteration
quiet = wait.wait_for_read(near, timeout=0.0)
far.send(b"x")
spoken = wait.wait_for_read(near, timeout=0.0)
assert gevent.get_hub().loop.iteration == turns
near.recv(1)
far.close()
gone = wait.wait_for_read(near, timeout=0.0)
near, far = socket.socketpair()
gevent.spawn_later(0.05, far.send, b"x")
waited = wait.wait_for_read(near, timeout=5.0)
print(quiet, spoken, gone, waited)
"""
HTTPX_ASKS = """
import locust, socket
import gevent, httpcore._utils as httpcore
from gevent.monkey import get_original
from harness.session.trace.gevent_poll import httpx_asks_the_kernel

httpx_asks_the_kernel(get_original('select', 'poll'))
near, far = socket.socketpair()
turns = gevent.get_hub().loop.iteration
quiet = httpcore.is_socket_readable(near)
far.send(b"x")
spoken = httpcore.is_socket_readable(near)
near.recv(1)
far.close()
gone = httpcore.is_socket_readable(near)
assert gevent.get_hub().loop.iteration == turns
print(quiet, spoken, gone)
"""


def test_httpx_gets_the_kernel_s_answer_and_never_yields() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HTTPX_ASKS], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["False", "True", "True"]


def test_it_agrees_with_urllib3_and_yields_only_to_wait() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKS], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["False", "True", "True", "True"]
