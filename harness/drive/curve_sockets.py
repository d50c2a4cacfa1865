"""Sets the keys on Locust's sockets, admits workers, and reports handshakes.

Locust makes its sockets inside its runners, so the keys are set where Locust creates a socket, before it is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import zmq.green as zmq
from locust.rpc import zmqrpc
from zmq.utils.monitor import parse_monitor_message

from harness.drive.curve_keys import ADMISSION, admission, set_keys
from harness.drive.handshakes import ADMITTED, CONNECTED, FAILED

OnEvent = Callable[[int], None]

_create: Any = zmqrpc.BaseSocket.__init__


def encrypt(token: str, on_event: OnEvent) -> None:
    """From now on, every socket of Locust in this process connects to holders of the same token only.

    `on_event` gets CONNECTED, ADMITTED and FAILED as they happen.
    """

    def created(self: Any, kind: int, *arguments: Any, **options: Any) -> None:
        _create(self, kind, *arguments, **options)
        master = kind == zmq.ROUTER
        set_keys(self.socket, token, master=master)
        if master:
            replies = self.socket.context.socket(zmq.REP)
            replies.bind(ADMISSION)
            gevent.spawn(_admit, replies, token)
        gevent.spawn(_report, self.socket.get_monitor_socket(CONNECTED | ADMITTED | sum(FAILED)), on_event)

    setattr(zmqrpc.BaseSocket, "__init__", created)  # noqa: B010 - a method


def _admit(replies: Any, token: str) -> None:
    while True:
        replies.send_multipart(admission(token, replies.recv_multipart()))


def _report(monitor: Any, on_event: OnEvent) -> None:
    while (
        event := int(parse_monitor_message(monitor.recv_multipart())["event"])
    ) != zmq.EVENT_MONITOR_STOPPED:
        on_event(event)
