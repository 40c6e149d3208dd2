"""Whether something that a driver says shows one of its credentials."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from qdm_driver.compliance.host.messages import Answer, Bug, Call, Refused, Returned

_SHORTEST = 8  # what is shorter is part of ordinary words


class Credentials:
    """The texts that nobody but the driver may see, each with the name of the file that holds it.

    They are the files' whole contents, their lines, and the texts in one that is JSON, from 8 characters on.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._names = {text: name for text, name in files.items() if len(text) >= _SHORTEST}

    def __bool__(self) -> bool:
        return bool(self._names)

    @classmethod
    def of(cls, folder: Path | None) -> Self:
        """Reads the credentials of a device; ``None`` where it has none."""
        files = sorted(folder.iterdir()) if folder else ()
        return cls({text: file.name for file in files if file.is_file() for text in _secrets(file)})

    def shown_by(self, call: Call, answer: Answer) -> list[str]:
        """Says of every credential in an answer where it stands and in which file, and not what it is."""
        return [
            f"{place} of {type(call).__name__} shows the credential {name!r}"
            for place, told in _said(answer)
            for text, name in self._names.items()
            if text in told
        ]


def _secrets(file: Path) -> Iterator[str]:
    content = file.read_bytes().decode(errors="replace")
    yield content.strip()
    yield from map(str.strip, content.splitlines())
    with suppress(ValueError, RecursionError):
        yield from (text for _, text in _texts(json.loads(content), ""))


def _said(answer: Answer) -> Iterator[tuple[str, str]]:
    match answer.outcome:
        case Returned(value) if value:
            yield from _texts(json.loads(value), "")
        case Refused(_, _, message, _):
            yield "the error", message
        case Bug(sentence):
            yield "the error", sentence
    yield "the output", answer.printed
    yield "the log", answer.logged


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield place, value
        case dict():
            for key, item in value.items():
                yield f"a key of {place}", key
                yield from _texts(item, f"{place}.{key}".strip("."))
        case list():
            for index, item in enumerate(value):
                yield from _texts(item, f"{place}.{index}".strip("."))
