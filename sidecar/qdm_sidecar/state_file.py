"""What a sidecar was told and did, kept over its restarts: a small file beside the journal."""

import logging
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from qdm_common.manifest import Availability

_log = logging.getLogger(__name__)


class _State(BaseModel):
    model_config = ConfigDict(frozen=True)

    instance: str = ""
    availability: Availability | None = None
    last_calibration: datetime | None = None


class StateFile:
    """The file, read once and written whole. Where it cannot be, what it holds lasts as long as this process."""

    def __init__(self, file: Path, *, instance: str) -> None:
        self._file = file
        self._instance = instance
        self._state = _read(file)

    @property
    def availability(self) -> Availability | None:
        """What this instance was told last; ``None`` where nothing, and always without an instance.

        A new pod has what is wanted of it in its device file, and so has a sidecar on a single machine.
        """
        return self._state.availability if self._instance and self._state.instance == self._instance else None

    @property
    def last_calibration(self) -> datetime | None:
        """When a calibration last succeeded, on whatever instance."""
        return self._state.last_calibration

    def keep_availability(self, availability: Availability) -> None:
        """Notes what this instance was told."""
        self._write(self._state.model_copy(update={"instance": self._instance, "availability": availability}))

    def keep_calibration(self, at: datetime) -> None:
        """Notes that a calibration succeeded."""
        self._write(self._state.model_copy(update={"last_calibration": at}))

    def _write(self, state: _State) -> None:
        self._state = state
        new = self._file.with_suffix(".new")
        try:
            new.write_text(state.model_dump_json())
            new.replace(self._file)
        except OSError as error:
            _log.warning("the device's state will not survive a restart: %s", error.strerror)


def _read(file: Path) -> _State:
    try:
        return _State.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, ValidationError):
        _log.warning("the device's state of before this start cannot be read")
    return _State()
