"""Which driver is judged, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qdm_driver.compliance.circuits.circuit import GradedCircuit


@dataclass(frozen=True, slots=True)
class Subject:
    """A driver as a manifest would configure it for one device.

    ``fidelity`` is 1 for an exact device. Below 1, the distribution of every circuit may be off by up to
    ``1 - fidelity`` in total variation. ``seconds`` is how long one call may take, the backend's queue included.
    ``native_circuits`` are what BACKEND_NATIVE is judged by, where the kit has none in the driver's ``native_format``.
    """

    driver: str
    plugin_folders: tuple[Path, ...] = ()
    driver_config: Mapping[str, object] = field(default_factory=dict)
    secrets: Path | None = None
    device_id: str = "compliance"
    fidelity: float = 1.0
    seconds: float = 60.0
    native_circuits: tuple[GradedCircuit, ...] = ()
