"""Takes a device's credentials out of what its driver says, so that careless words of an SDK harm nobody.

A worker knows them, as its driver does; the sidecar and all behind it never see them. What is known are the files'
whole contents, their lines, and the texts in one that is JSON, from 8 characters on: shorter ones are part of ordinary
words. It is a net and no wall: what was encoded otherwise, or cut into pieces, is not recognised, nor is a credential
that was changed after the worker's start; and what a driver prints itself passes by.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

MASKED = "***"

_SHORTEST = 8


class Mask:
    """Replaces every occurrence of these secrets, also where they are quoted as Python or JSON do."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    @classmethod
    def of(cls, folder: Path | None) -> Self:
        """Reads the credentials of a device; ``None`` where it has none."""
        return cls(_secrets_in(folder) if folder is not None else ())

    def __call__(self, text: str) -> str:
        """Returns the text without them."""
        return self._pattern.sub(MASKED, text) if self._pattern else text


def _secrets_in(folder: Path) -> Iterator[str]:
    for file in folder.iterdir():
        with suppress(OSError):  # a folder, or what the driver cannot read either
            content = file.read_bytes().decode(errors="replace")
            yield content.strip()
            yield from map(str.strip, content.splitlines())
            with suppress(ValueError, RecursionError):
                yield from _texts(json.loads(content))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)


def _forms(secret: str) -> Iterator[str]:
    for form in (secret, repr(secret)[1:-1]):
        yield form
        yield json.dumps(form, ensure_ascii=False)[1:-1]
