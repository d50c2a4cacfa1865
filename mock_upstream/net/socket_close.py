"""How a TCP connection ends, as far as a socket lets us say."""

import fcntl
import socket
import struct
import termios

_NOTHING_LINGERS = struct.pack("ii", 1, 0)


def reset_on_close(sock: socket.socket) -> None:
    """Let the socket's close send a RST, and throw away what hasn't been sent."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOTHING_LINGERS)


def unheard_bytes(sock: socket.socket) -> int:
    """Return how many bytes were sent that the other side hasn't acknowledged; 0 where nobody can tell."""
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")  # Linux knows it as SIOCOUTQ
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])
