"""What a message for callers must not hold."""

import re

_LEAKS = {
    "a path": re.compile(r"(?<![\w/:.])(?:~|\.{1,2})?/[\w.@+-]+/[\w.@+/-]*"),
    "a file of source code": re.compile(r"\b[\w-]+\.(?:py|rs|cpp|so)\b"),
    "the name of an exception": re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b"),
    "a traceback": re.compile(r"Traceback \(most recent|, line \d+, in \w"),
    "the name of a class": re.compile(r"<class '|<[\w.]+ object at "),
    "an address in memory": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
}


def leaks(message: str) -> list[str]:
    """Names what of a program's inside a message shows, and the words that show it."""
    return [f"{kind} ({found[0]!r})" for kind, pattern in _LEAKS.items() if (found := pattern.search(message))]
