"""What the tokens of OpenQASM 3 look like.

Quantifiers never give back what they took, or stop at the first match: no text takes more than a few passes.
"""

import re
from collections.abc import Mapping

NAME = "a name"
INTEGER = "an integer"
FLOAT = "a decimal number"
IMAGINARY = "an imaginary number"
DURATION = "a duration"
BITSTRING = "a bitstring"
STRING = "a string"
PHYSICAL_QUBIT = "a physical qubit"
END = "the end of the program"

KINDS: Mapping[str, str] = {
    "name": NAME,
    "integer": INTEGER,
    "float": FLOAT,
    "imaginary": IMAGINARY,
    "duration": DURATION,
    "bitstring": BITSTRING,
    "string": STRING,
    "qubit": PHYSICAL_QUBIT,
    "end": END,
}
"""What a group of ``TOKEN`` is; keywords and symbols stand for themselves."""

MISTAKES: Mapping[str, str] = {
    "number": "this is no number of OpenQASM 3",
    "comment": "this comment has no end; add '*/'",
    "quote": "this string is empty or does not end on its line",
    "character": "a program cannot hold this character here",
}
"""What is wrong with the text that a group of ``TOKEN`` matches."""

KEYWORDS = frozenset(
    """OPENQASM include defcalgrammar def cal defcal gate extern box let break continue if else end return for while in
    switch case default pragma input output const readonly mutable qreg qubit creg bool bit int uint float angle complex
    array void duration stretch gphase inv pow ctrl negctrl durationof delay reset measure barrier true false
    im""".split()  # noqa: SIM905 - a list of words reads best as words
)
NAME_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl"})
"""Unicode's categories of letters beyond ASCII."""

_WORD = r"[^\W\d]\w*+"
_DIGITS = r"[0-9](?:_?[0-9])*+"
_REAL = rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?+)?+|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?+"
_NUMBER_ENDS = r"(?![\w.])"

TOKEN = re.compile(
    rf"""(?:[ \t\r\n]++ | //[^\r\n]*+ | /\*(?s:.)*?\*/)*+
    (?: (?P<name>{_WORD})
      | (?P<comment>/\*)
      | (?P<symbol>\*\*= | <<= | >>= | \*\* | << | >> | \+\+ | -> | && | \|\| | [-+*/&|~^%=!<>]=
                 | [][{{}}():;,=+*/%|&^@~!<>-] | \#pragma | \#dim)
      | (?P<imaginary>{_REAL}[ ]*+im){_NUMBER_ENDS}
      | (?P<duration>{_REAL}[ ]*+(?:dt|[nuµm]?s)){_NUMBER_ENDS}
      | (?P<integer>0[bB][01](?:_?[01])*+ | 0o[0-7](?:_?[0-7])*+ | 0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*+
                  | {_DIGITS}){_NUMBER_ENDS}
      | (?P<float>{_REAL}){_NUMBER_ENDS}
      | (?P<number>\.?[0-9][\w.]*+)
      | (?P<qubit>\$[0-9]++)
      | (?P<bitstring>"[01](?:_?[01])*+")
      | (?P<string>"[^"\r\n\t]++" | '[^'\r\n\t]++')
      | (?P<quote>["'])
      | (?P<end>\Z)
      | (?P<character>(?s:.))
    )""",
    re.VERBOSE,
)
"""One token after any spaces and comments; its last group tells what it is."""

ANNOTATION = re.compile(rf"({_WORD}(?:\.{_WORD})*+)[ \t]*+(.*+)", re.DOTALL)
"""What follows an annotation's ``@`` on its line: a word, and a command that may be empty."""
