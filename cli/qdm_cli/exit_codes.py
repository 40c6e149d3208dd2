"""What the exit code of ``qdm`` tells a script; stable."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, by what the caller can do about it."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    NOT_HERE = 4
    LATER = 5
    TIME = 6
    OUTPUT = 7
    UNKNOWN = 8
    INTERRUPTED = 130
    NOBODY_READS = 141


MEANINGS = {
    Exit.OK: "done",
    Exit.UNEXPECTED: "unexpected: a bug, here or in the fleet",
    Exit.USAGE: "the command line, a manifest or a setting is wrong",
    Exit.REFUSED: "the request is wrong; mend it",
    Exit.NOT_HERE: "not possible on this device as it is",
    Exit.LATER: "not now; try again later",
    Exit.TIME: "the time is up, or the call was cancelled",
    Exit.OUTPUT: "the output cannot be written",
    Exit.UNKNOWN: "it may or may not have run; find out before it is sent again",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
    Exit.NOBODY_READS: "nobody reads the output any more",
}

_BY_STATUS = {
    "OK": Exit.OK,
    "INVALID_ARGUMENT": Exit.REFUSED,
    "UNIMPLEMENTED": Exit.REFUSED,
    "ALREADY_EXISTS": Exit.REFUSED,
    "NOT_FOUND": Exit.NOT_HERE,
    "FAILED_PRECONDITION": Exit.NOT_HERE,
    "UNAVAILABLE": Exit.LATER,
    "RESOURCE_EXHAUSTED": Exit.LATER,
    "ABORTED": Exit.UNKNOWN,
    "DEADLINE_EXCEEDED": Exit.TIME,
    "CANCELLED": Exit.TIME,
}


def exit_of(status_code: str) -> Exit:
    """Returns the exit code for a gRPC status code's name; UNEXPECTED for one that has no row."""
    return _BY_STATUS.get(status_code, Exit.UNEXPECTED)
