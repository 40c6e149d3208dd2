"""Whether something that a driver says shows one of its credentials."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from qdm_driver.compliance.host.messages import Answer, Bug, Call, Refused, Returned
from qdm_driver.secret_texts import quoted_forms, secret_texts


class Credentials:
    """What nobody but the driver may see, in all ways to write it, each with the name of the file that holds it."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def __bool__(self) -> bool:
        return bool(self._names)

    @classmethod
    def of(cls, folder: Path | None) -> Self:
        """Reads the credentials of a device; ``None`` where it has none."""
        return cls({form: name for text, name in secret_texts(folder) for form in quoted_forms(text)})

    def shown_by(self, call: Call, answer: Answer) -> list[str]:
        """Says of every credential in an answer where it stands and in which file, and not what it is."""
        return [
            f"{place} of {type(call).__name__} shows the credential {name!r}"
            for place, told in _said(answer)
            for text, name in self._names.items()
            if text in told
        ]


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
