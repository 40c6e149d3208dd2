"""Addresses on loopback that nobody listens on."""

import ipaddress
import random
import socket
from collections.abc import Iterator
from pathlib import Path

from qdm_cluster.names import GRPC_PORT, METRICS_PORT

# Linux has all of 127.0.0.0/8 on loopback without any set-up; this part is far from what people use.
_POD_NETWORK = ipaddress.ip_network("127.64.0.0/10")


def free_port() -> int:
    """Returns a port of 127.0.0.1 that is free now and that no connection is given by itself.

    The kernel takes the ports of outgoing connections from a range; one that is dialled before somebody listens on it
    may even be connected to itself, and is taken then.
    """
    first_of_connections = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(10_000, first_of_connections)
    return next(port for port in random.sample(ports, len(ports)) if _is_free("127.0.0.1", port))


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
