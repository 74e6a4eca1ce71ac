"""A port in use is found before anything is started, and said in one line."""

import errno
import socket
from collections.abc import Mapping

from server.start_error import StartError


def require_free_ports(host: str, ports: Mapping[str, int]) -> None:
    """`ports` maps the setting that moves a port to the port.

    Raises `StartError` with a line for each port that another program listens on.
    """
    taken = [
        f"port {port} is in use; choose another one with {setting}=..."
        for setting, port in ports.items()
        if not _is_free(host, port)
    ]
    if len(set(ports.values())) < len(ports):
        taken.append(f"{' and '.join(ports)} are the same port")
    if taken:
        raise StartError("\n".join(taken))


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server will
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise StartError(f"cannot listen on {host}: {error.strerror}") from error
    return True
