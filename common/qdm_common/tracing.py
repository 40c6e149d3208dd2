"""Trace context in gRPC metadata, as W3C Trace Context writes it: ``00-<trace id>-<span id>-<flags>``."""

import re
import secrets
from dataclasses import dataclass

TRACEPARENT = "traceparent"

# Version 00 ends with the flags; later ones may add to them, and ff is none.
_FORMAT = re.compile(r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Which trace a call belongs to, and the span it is made from; lower-case hexadecimal."""

    trace_id: str
    span_id: str
    flags: str

    @classmethod
    def continued(cls, traceparent: str | None) -> "TraceContext":
        """Returns a new span of the caller's trace, or of a new, unsampled one where the caller names none."""
        match = _FORMAT.fullmatch(traceparent or "")
        trace_id, flags = (match[1], match[3]) if match else (secrets.token_hex(16), "00")
        return cls(trace_id, secrets.token_hex(8), flags)

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"
