"""Whether a port can be listened on."""

import errno
import os
import socket

from driftline.errors import ConfigError


def check_port(host: str, port: int) -> None:
    """Refuse a port that another program listens on.

    Raises:
        ConfigError: when it is taken.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise ConfigError(
                    f"--port {port}: another program listens on {host} port {port}; stop it, or name another port"
                ) from error
            raise ConfigError(f"--host {host}: cannot listen there: {error.strerror or error}") from error
