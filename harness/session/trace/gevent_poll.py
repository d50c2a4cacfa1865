"""Before they reuse a connection, urllib3 and httpx poll the kernel, without waiting, whether it is still open.

Under gevent that poll goes through the event loop: it costs a dozen times as much as the system call, and other
greenlets run before its result is returned, which then looks like a wait for the pool. httpx polls every idle
connection for every request, which made each call with 50 connections several times as expensive. A service with real
threads has neither. So a poll that does not wait goes directly to the kernel, as it does without gevent.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from types import SimpleNamespace

import urllib3.util.wait

Wait = Callable[..., bool]


def ask_the_kernel(poll: Callable[[], select.poll]) -> None:
    """From now on, with the system's own `poll`. Polls that wait still let other greenlets run."""
    cooperative: Wait = urllib3.util.wait.poll_wait_for_socket

    def wait_for_socket(
        sock: socket.socket, read: bool = False, write: bool = False, timeout: float | None = None
    ) -> bool:
        if timeout != 0.0:
            return cooperative(sock, read, write, timeout)
        question = poll()
        question.register(sock, (select.POLLIN if read else 0) | (select.POLLOUT if write else 0))
        return bool(question.poll(0))

    urllib3.util.wait.wait_for_socket = wait_for_socket


def httpx_asks_the_kernel(poll: Callable[[], select.poll]) -> None:
    """The same for httpx, which never waits in its polls."""
    from httpcore import _utils

    vars(_utils)["select"] = SimpleNamespace(poll=poll, POLLIN=select.POLLIN)
