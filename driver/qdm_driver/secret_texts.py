"""The one rule of what is secret in a device's credentials, for the host that hides it and the kit that looks for it.

These are the files' whole contents, their lines, and the texts in one that is JSON, from 8 characters on: shorter ones
are part of ordinary words.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_SHORTEST = 8


def secret_texts(folder: Path | None) -> Iterator[tuple[str, str]]:
    """Yields each text, with the name of its file; a device without credentials has no folder."""
    for file in sorted(folder.iterdir()) if folder else ():
        with suppress(OSError):  # a folder, or what the driver cannot read either
            content = file.read_bytes().decode(errors="replace")
            yield from ((text, file.name) for text in _texts_of(content) if len(text) >= _SHORTEST)


def quoted_forms(text: str) -> Iterator[str]:
    """Yields the text, and as Python and JSON write it within quotes, also one after the other."""
    for form in (text, repr(text)[1:-1], ascii(text)[1:-1]):
        yield form
        for only_ascii in (False, True):
            yield json.dumps(form, ensure_ascii=only_ascii)[1:-1]


def _texts_of(content: str) -> Iterator[str]:
    yield content.strip()
    yield from map(str.strip, content.splitlines())
    with suppress(ValueError, RecursionError):
        yield from _values(json.loads(content))


def _values(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _values(item)
        case list():
            for item in value:
                yield from _values(item)
