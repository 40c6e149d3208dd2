"""Tells the format of a circuit from its file."""

import re
from enum import StrEnum
from pathlib import PurePath


class Format(StrEnum):
    """Formats as the command line names them."""

    AQO_JSON = "aqo-json"
    AQO_PROTO = "aqo-proto"
    QASM3 = "qasm3"
    NATIVE = "native"


_SUFFIXES = {".json": Format.AQO_JSON, ".pb": Format.AQO_PROTO, ".qasm3": Format.QASM3}

# Comments and space before it, each read in one way only, then the version that an OpenQASM file begins with.
_QASM_VERSION = re.compile(rb"\A(?:\s|//[^\n]*+(?:\n|\Z)|(?>/\*.*?\*/))*+OPENQASM\s+(\d+)", re.DOTALL)
_NEVER_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")


def format_of(name: str, data: bytes) -> Format | None:
    """Returns the format by suffix, then by content; ``None`` where neither tells.

    OpenQASM 2 is a device's native language, so the version decides for ``.qasm``.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if version := _QASM_VERSION.match(data):
        return Format.NATIVE if version[1] == b"2" else Format.QASM3
    if suffix == ".qasm":
        return Format.QASM3
    if data.lstrip().startswith(b"{"):
        return Format.AQO_JSON
    return Format.AQO_PROTO if _NEVER_IN_TEXT.search(data) else None
