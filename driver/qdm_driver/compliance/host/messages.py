"""What the kit and the processes of the driver say to each other; never an object of the driver's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qdm_driver.errors import Code, Violation
from qdm_driver.payload import CircuitPayload


@dataclass(frozen=True, slots=True)
class Imported:
    """What there is to know of a driver once its module is imported, and what the import did beside that."""

    version: str
    accepts_symbols: bool
    printed: str
    threads: tuple[str, ...]
    sockets: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotImported:
    """Why the driver cannot be loaded, in a sentence."""

    problem: str


@dataclass(frozen=True, slots=True)
class Initialize:
    """Make the one instance and call ``initialize``. The first call of every worker."""


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """Parse the subject's ``driverConfig`` with more keys, without starting anything."""

    more: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Describe:
    """Call ``get_devices``."""


@dataclass(frozen=True, slots=True)
class Status:
    """Call ``get_device_status``."""

    device_id: str


@dataclass(frozen=True, slots=True)
class Calibrate:
    """Call ``calibrate_device``."""

    device_id: str


@dataclass(frozen=True, slots=True)
class Execute:
    """Parse the options and call ``execute_circuit``.

    ``cancel_at`` counts calls of functions inside the method: there the cancel signal arrives, once. ``None`` counts
    nothing, which is faster.
    """

    device_id: str
    payload: CircuitPayload
    shots: int
    options: Mapping[str, str] = field(default_factory=dict)
    cancel_at: int | None = None


Call = Initialize | CheckConfig | Describe | Status | Calibrate | Execute


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Sent once while the call goes on: the cancel signal arrives now."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The method returned. ``value`` is JSON; where ``problems`` says what is wrong with its types, it is empty."""

    value: bytes
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The method raised an error of ``qdm_driver.errors``; ``error`` is its class's name."""

    error: str
    code: Code
    message: str
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """``JobCancelled`` left the method, so long after the signal."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Bug:
    """Something else left the method; a sentence for the driver's author."""

    sentence: str


Outcome = Returned | Refused | Cancelled | Bug


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended, what was printed to standard output and logged meanwhile, and how many functions were called.

    ``calls`` is 0 where they were not counted; ``delivered`` tells whether the cancel signal came to the driver's code,
    ``cancellable`` whether a later one would still come to the host's handler.
    """

    outcome: Outcome
    printed: str
    logged: str
    calls: int
    delivered: bool
    cancellable: bool
