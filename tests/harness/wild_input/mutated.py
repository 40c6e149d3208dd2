"""Programs that were right until a few of their pieces changed."""

import re
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

Cut = Callable[[bytes], list[bytes]]

MOST_CHANGES = 6

_TOKENS = re.compile(rb'"[^"\n]*"|[A-Za-z_]\w*|[\d.]+(?:[eE][-+]?\d+)?|\s+|->|==|\S', re.DOTALL)
_WORDS = (
    b"0 1 -1 2 63 64 65 100 10000 10001 4294967296 18446744073709551616 1e400 1e-400 0.5 .5 1. 0x10 0b1 NaN Infinity"
    b" pi null true false {} [] () { } [ ] ( ) ; , : = == -> + - * / ** % ! ~ & | ^ << >> < > && || ++ @ $0 $99999 #"
    b' "" "0" "01" // /* */ \\ \\u0000 \xff \xf0\x9f\x98\x80 \xc3\xa9 \x00 \r'
).split(b" ")
WORDS: Sequence[bytes] = (
    *_WORDS,
    b"\n",
    *b"""OPENQASM include "stdgates.inc" "qelib1.inc" qubit qreg creg bit int uint float angle bool complex array const
    input output let gate def opaque return for in while if else switch case default break continue end measure reset
    barrier delay box cal defcal extern stretch duration durationof gphase ctrl negctrl inv pow U CX cx h rx popcount
    rotl sizeof im 10ns q c version qubits operations op params theta phi lambda parameters metadata annotations basis
    symbol const value""".split(),
)
"""What a mistaken program may hold at any place: numbers at edges, words and signs of all formats, odd bytes."""


def tokens(program: bytes) -> list[bytes]:
    """Cuts a text into words, numbers, quotes, spaces and signs."""
    return _TOKENS.findall(program)


def single_bytes(program: bytes) -> list[bytes]:
    """Cuts at every byte."""
    return [bytes([byte]) for byte in program]


@st.composite
def mutated(draw: st.DrawFn, programs: st.SearchStrategy[bytes], cut: Cut) -> bytes:
    """Draws a program of which a few pieces were deleted, doubled, exchanged or replaced, or all from one place on."""
    pieces = cut(draw(programs)) or [b""]
    for _ in range(draw(st.integers(1, MOST_CHANGES))):
        place = draw(st.integers(0, len(pieces) - 1))
        other = draw(st.integers(0, len(pieces) - 1))
        match draw(st.sampled_from(["delete", "double", "exchange", "repeat", "replace", "word", "insert", "cut"])):
            case "delete":
                pieces[place] = b""
            case "double":
                pieces[place] += pieces[place]
            case "exchange":
                pieces[place], pieces[other] = pieces[other], pieces[place]
            case "repeat":
                first, last = sorted((place, other))
                pieces[last:last] = pieces[first:last]
            case "replace":
                pieces[place] = pieces[other]
            case "word":
                pieces[place] = draw(st.sampled_from(WORDS))
            case "insert":
                pieces.insert(place, draw(st.sampled_from(WORDS)))
            case "cut":
                first, last = sorted((place, other))
                del pieces[first:last]
    return b"".join(pieces)
