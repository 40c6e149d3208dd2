"""Addresses on loopback that nobody listens on."""

import ipaddress
import random
import socket
from collections.abc import Iterator

from qdm_cluster.names import GRPC_PORT, METRICS_PORT

# Linux has all of 127.0.0.0/8 on loopback without any set-up; this part is far from what people use.
_POD_NETWORK = ipaddress.ip_network("127.64.0.0/10")


def free_port() -> int:
    """Returns a port of 127.0.0.1 that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def pod_addresses() -> Iterator[str]:
    """Yields addresses on which the ports of a sidecar are free, each once, starting where other runs don't."""
    size = _POD_NETWORK.num_addresses
    start = random.randrange(size)  # noqa: S311 - keeps runs apart
    for step in range(size):
        address = str(_POD_NETWORK[(start + step) % size])
        if _is_free(address, GRPC_PORT) and _is_free(address, METRICS_PORT):
            yield address


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError:
            return False
        return True
