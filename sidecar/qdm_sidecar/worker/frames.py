"""What the sidecar and its worker say to each other over a socket pair: frames of a kind and a body.

A frame is one byte of kind, eight bytes of length (big endian) and the body.
"""

import socket
import struct
from enum import IntEnum

HEADER = struct.Struct(">BQ")


class Kind(IntEnum):
    """What the body of a frame is."""

    EXECUTE = 1  # to the worker: a trace header and an ExecuteCircuitRequest
    CALIBRATE = 2  # to the worker: a trace header and a CalibrateDeviceRequest
    REPORT = 3  # to the worker: nothing; from it: a DriverReport as JSON
    RESPONSE = 4  # from the worker: the response to the request
    FAILURE = 5  # from the worker: a google.rpc.Status
    CANCEL = 6  # to the worker, followed by its signal: nothing; means the request it has, if it still has one


# What is worth copying for: the other side then wakes up once.
_SENT_AT_ONCE = 1 << 16

# trace id (32 characters) and span id (16) of the call that a request belongs to
TRACE_HEADER_LENGTH = 48


def send_frame(channel: socket.socket, kind: Kind, body: bytes) -> None:
    """Sends one frame, blocking."""
    header = HEADER.pack(kind, len(body))
    if len(body) <= _SENT_AT_ONCE:
        channel.sendall(header + body)
        return
    channel.sendall(header)
    channel.sendall(body)


def receive_frame(channel: socket.socket) -> tuple[Kind, bytes] | None:
    """Waits for one frame; ``None`` where the other side has gone."""
    header = _receive(channel, HEADER.size)
    if header is None:
        return None
    kind, length = HEADER.unpack(header)
    body = _receive(channel, length)
    return None if body is None else (Kind(kind), bytes(body))


def _receive(channel: socket.socket, length: int) -> bytearray | None:
    buffer = bytearray(length)
    rest = memoryview(buffer)
    while rest:
        count = channel.recv_into(rest)
        if count == 0:
            return None
        rest = rest[count:]
    return buffer
