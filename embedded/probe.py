"""Whether something answers on a port of the loopback interface, and whether a port is free."""

from __future__ import annotations

import http.client
import random
import socket
from pathlib import Path
from typing import Final

_SECONDS: Final = 1.0
_FIRST_PORT: Final = 12000


def port_open(port: int) -> bool:
    """Whether a connection to the port is taken."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=_SECONDS).close()
    except OSError:
        return False
    return True


def answers_ok(port: int, path: str, host: str = "127.0.0.1") -> bool:
    """Whether GET `path` is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def port_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Different ports that are free at the moment, outside the kernel's ephemeral range.

    A port out of the kernel's own range could be taken by any outgoing connection while its server
    is restarted, even by a client's attempt to reach that very server.
    """
    low, high = _FIRST_PORT, _kernel_range()[0]
    if high - low < 1000:
        low, high = _kernel_range()[1] + 1, 65536
    ports: list[int] = []
    while len(ports) < count:
        port = random.randrange(low, high)
        if port not in ports and port_free(port):
            ports.append(port)
    return ports


def _kernel_range() -> tuple[int, int]:
    """The ports outgoing connections get; the usual ones if the system does not report them."""
    try:
        low, high = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    except OSError:
        return 49152, 65535
    return int(low), int(high)
