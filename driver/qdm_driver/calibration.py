"""Calibration references, and the store that keeps the artefacts they point at."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_SCHEME = "qdm-artifact:sha256:"
_URI = re.compile(_SCHEME + "(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class CalibrationRef:
    """Where a calibration lies: any URI that the caller can hand back later to name this very calibration."""

    uri: str


class ArtifactStore:
    """Keeps calibration artefacts content-addressed in a folder: the same bytes always have the same reference."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, artifact: bytes) -> CalibrationRef:
        """Stores ``artifact``; its URI is ``qdm-artifact:sha256:<hex digest>``. Raises OSError where it can't."""
        digest = hashlib.sha256(artifact).hexdigest()
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{digest}.partial"
        partial.write_bytes(artifact)
        partial.replace(self._folder / digest)
        return CalibrationRef(_SCHEME + digest)

    def get(self, ref: CalibrationRef) -> bytes:
        """Returns the artefact. Raises KeyError where this store holds none under the reference."""
        match = _URI.fullmatch(ref.uri)
        if match is None:
            raise KeyError(ref.uri)
        try:
            return (self._folder / match["digest"]).read_bytes()
        except FileNotFoundError:
            raise KeyError(ref.uri) from None
