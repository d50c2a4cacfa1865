"""The end of a TCP connection, as far as a socket controls it."""

import fcntl
import socket
import struct
import termios

_NOTHING_LINGERS = struct.pack("ii", 1, 0)


def reset_on_close(sock: socket.socket) -> None:
    """Let the socket's close send a RST, and discard unsent data."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOTHING_LINGERS)


def unacknowledged_bytes(sock: socket.socket) -> int:
    """Return how many bytes were sent that the peer has not acknowledged; 0 where it is unknown."""
    try:
        response = fcntl.ioctl(
            sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"
        )  # the same number as SIOCOUTQ on Linux
    except OSError:
        return 0
    return int(struct.unpack("i", response)[0])
