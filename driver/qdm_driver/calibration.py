"""Calibration references, and the store that keeps the artefacts they point at."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_SCHEME = "qdm-artifact:sha256:"


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
        digest = ref.uri.removeprefix(_SCHEME)
        if len(digest) != hashlib.sha256().digest_size * 2 or not digest.isalnum():
            raise KeyError(ref.uri)
        try:
            return (self._folder / digest).read_bytes()
        except FileNotFoundError:
            raise KeyError(ref.uri) from None
