"""Addresses to listen on: free ones are found, and taken ones refused, before any process starts."""

import socket
from contextlib import closing

from pydantic import TypeAdapter

from qdm_common.settings import GrpcAddress, HostPort

GRPC_ADDRESS: TypeAdapter[str] = TypeAdapter(GrpcAddress)
HTTP_ADDRESS: TypeAdapter[str] = TypeAdapter(HostPort)
_LARGEST_PORT = 65535


def final_address(listen: str, kind: TypeAdapter[str]) -> str:
    """Returns the address with port 0 replaced by a free port.

    Raises ValueError where it is no address of that kind, OSError where it cannot be listened on.
    """
    kind.validate_python(listen)
    if listen.startswith("unix:"):
        return listen
    host, _, port = listen.rpartition(":")
    if int(port) > _LARGEST_PORT:
        raise ValueError(f"no port is larger than {_LARGEST_PORT}")
    resolved = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    family, socket_kind, protocol, _, address = resolved[0]
    with closing(socket.socket(family, socket_kind, protocol)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return f"{host}:{probe.getsockname()[1]}"


def dial_address(listen: str) -> str:
    """Returns where a client on this machine reaches a server that listens there."""
    for every, loopback in (("0.0.0.0:", "127.0.0.1:"), ("[::]:", "[::1]:")):
        if listen.startswith(every):
            return loopback + listen.removeprefix(every)
    return listen
