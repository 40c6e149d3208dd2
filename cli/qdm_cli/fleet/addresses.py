"""Addresses to listen on: free ones are found, and taken ones refused, before any process starts."""

import errno
import hashlib
import os
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

from pydantic import TypeAdapter

from qdm_common.settings import GrpcAddress, HostPort

GRPC_ADDRESS: TypeAdapter[str] = TypeAdapter(GrpcAddress)
HTTP_ADDRESS: TypeAdapter[str] = TypeAdapter(HostPort)
_LARGEST_PORT = 65535
_LONGEST_PATH = 107


def checked(address: str, kind: TypeAdapter[str]) -> str:
    """Returns the address. Raises ValueError where it is none of that kind."""
    kind.validate_python(address)
    if not address.startswith("unix:") and int(address.rpartition(":")[2]) > _LARGEST_PORT:
        raise ValueError(f"no port is larger than {_LARGEST_PORT}")
    return address


def claim(listen: str, kind: TypeAdapter[str], claims: ExitStack) -> str:
    """Returns the address with port 0 replaced by a free port; until ``claims`` is closed no other claim gets it.

    Raises ValueError where it is no address of that kind, OSError where it cannot be listened on.
    """
    if checked(listen, kind).startswith("unix:"):
        _claim_path(listen.removeprefix("unix:"), claims)
        return listen
    host, _, port = listen.rpartition(":")
    resolved = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    family, socket_kind, protocol, _, address = resolved[0]
    with socket.socket(family, socket_kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        final = probe.getsockname()
    _hold(final, claims)
    return f"{host}:{final[1]}"


def dial_address(listen: str) -> str:
    """Returns where a client on this machine reaches a server that listens there."""
    for every, loopback in (("0.0.0.0:", "127.0.0.1:"), ("[::]:", "[::1]:")):
        if listen.startswith(every):
            return loopback + listen.removeprefix(every)
    return listen


def _claim_path(path: str, claims: ExitStack) -> None:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise ValueError(f"no socket's path has more than {_LONGEST_PATH} bytes")
    _hold(os.path.realpath(path), claims)
    with socket.socket(socket.AF_UNIX) as probe, suppress(FileNotFoundError, ConnectionRefusedError):
        probe.connect(path)
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    if Path(path).is_socket():
        Path(path).unlink()  # whoever listened there is gone
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(path)
    Path(path).unlink()


def _hold(address: object, claims: ExitStack) -> None:
    # An abstract socket lives as long as its process, where the address lives: in the network namespace.
    held = claims.enter_context(socket.socket(socket.AF_UNIX))
    held.bind(f"\0qdm-fleet-{hashlib.sha256(repr(address).encode()).hexdigest()}")
