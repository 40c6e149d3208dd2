"""Takes a device's credentials out of what its driver says, so that careless words of an SDK harm nobody.

A worker knows them, as its driver does; the sidecar and all behind it never see them. What is known is what
``qdm_driver.secret_texts`` tells. It is a net and no wall: what was encoded otherwise, or cut into pieces, is not
recognised, nor is a credential that was changed after the worker's start; and what a driver prints itself passes by.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from qdm_driver.secret_texts import quoted_forms, secret_texts

MASKED = "***"


class Mask:
    """Replaces every occurrence of these secrets, also where they are quoted as Python or JSON do."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in quoted_forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    @classmethod
    def of(cls, folder: Path | None) -> Self:
        """Reads the credentials of a device; ``None`` where it has none."""
        return cls(text for text, _ in secret_texts(folder))

    def __call__(self, text: str) -> str:
        """Returns the text without them."""
        return self._pattern.sub(MASKED, text) if self._pattern else text
