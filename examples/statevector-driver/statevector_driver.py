"""An example of a driver: a small state-vector simulator in NumPy that takes AQO_JSON.

It shows the whole interface on something that can be read in one sitting: configuration and options with their own
schemas, a circuit read by ``qdm_circuits``, mid-circuit measurement that really collapses, errors with a sentence.
"""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from qdm_circuits.aqo import parse_aqo_json
from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Reset, While
from qdm_circuits.conditions import Condition, holds
from qdm_circuits.gates import SWAPS, Gate, meaning
from qdm_driver import (
    BaseDriver,
    CalibrationRef,
    Capabilities,
    CircuitFormat,
    CircuitPayload,
    DeviceInfo,
    DeviceNotFoundError,
    DeviceState,
    DeviceStatus,
    DriverConfig,
    ExecutionOptions,
    ExecutionResult,
    PreconditionError,
    UnsupportedError,
)

State = NDArray[np.complex128]

FLIP = Gate("x", (0,))


class StatevectorConfig(DriverConfig):
    """driverConfig of a statevector device."""

    max_qubits: int = Field(12, ge=1, le=20, description="Largest circuit taken; each qubit doubles time and memory.")


class StatevectorOptions(ExecutionOptions):
    """Options of one execution on a statevector device."""

    accepts_symbols = True

    seed: int | None = Field(None, ge=0, description="Makes the counts repeatable.")


class StatevectorDriver(BaseDriver[StatevectorConfig, StatevectorOptions]):
    """Drives one simulated device."""

    version = "1.0.0"
    config_model = StatevectorConfig
    options_model = StatevectorOptions

    def initialize(self, config: StatevectorConfig) -> None:
        """Keeps the configuration; there is nothing to connect to."""
        self._config = config

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the one device."""
        capabilities = Capabilities(
            max_qubits=self._config.max_qubits,
            formats=frozenset({CircuitFormat.AQO_JSON}),
            max_shots=1_000_000,
            dynamic_circuits=True,
            seeds=True,
            repeatable=True,
        )
        device = self._config.device
        return [DeviceInfo(device.device_id, device.display_name, "simulator", capabilities)]

    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: StatevectorOptions
    ) -> ExecutionResult:
        """Runs an AQO_JSON document; its symbols take their values from the options."""
        self._check_device(device_id)
        if circuit.format is not CircuitFormat.AQO_JSON:
            raise UnsupportedError(f"{device_id} takes AQO_JSON and not {circuit.format.name}")
        program = parse_aqo_json(circuit.data, options.symbols)
        if program.circuit.num_qubits > self._config.max_qubits:
            raise PreconditionError(
                f"the circuit has {program.circuit.num_qubits} qubits; {device_id} takes {self._config.max_qubits}",
                kind="CIRCUIT_TOO_LARGE",
            )
        began = time.perf_counter()
        counts = run(program.circuit, shots, np.random.default_rng(options.seed))
        return ExecutionResult(counts, time.perf_counter() - began, {"aqo_hash": program.aqo_hash})

    def get_device_status(self, device_id: str) -> DeviceStatus:
        """Is always online."""
        self._check_device(device_id)
        return DeviceStatus(DeviceState.ONLINE, metadata={"simulates": device_id})

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Stores what there is to know about an ideal device."""
        self._check_device(device_id)
        artifact = json.dumps({"device_id": device_id, "gate_error": 0.0}).encode()
        return self._config.device.artifacts.put(artifact)

    def _check_device(self, device_id: str) -> None:
        if device_id != self._config.device.device_id:
            raise DeviceNotFoundError(f"this driver has no device {device_id!r}")


@dataclass(frozen=True)
class Path:
    """One history of outcomes: how many shots took it, the classical bits so far, and the state they left."""

    shots: int
    bits: tuple[int, ...]
    state: State


def run(circuit: Circuit, shots: int, rng: np.random.Generator) -> Counter[str]:
    """Follows every history of outcomes that some shot takes, and counts how many end in each bitstring."""
    state = np.zeros((2,) * circuit.num_qubits, dtype=np.complex128)
    state[(0,) * circuit.num_qubits] = 1
    counts: Counter[str] = Counter()
    bits = (0,) * (circuit.num_clbits + circuit.num_hidden_clbits)
    for path in follow(Path(shots, bits, state), circuit.operations, rng):
        counts["".join(map(str, reversed(path.bits[: circuit.num_clbits])))] += path.shots
    return counts


def follow(path: Path, operations: Sequence[Operation], rng: np.random.Generator) -> list[Path]:
    """Returns the histories that one becomes by the operations."""
    paths = [path]
    for operation in operations:
        paths = [after for before in paths for after in step(before, operation, rng)]
    return paths


def step(path: Path, operation: Operation, rng: np.random.Generator) -> list[Path]:
    """Returns the histories that one becomes by one operation: two where a measurement splits it."""
    match operation:
        case Gate():
            return [replace(path, state=apply(path.state, operation))]
        case Measure(qubit, clbit):
            return [replace(after, bits=written(after.bits, clbit, bit)) for bit, after in collapse(path, qubit, rng)]
        case Reset(qubit):
            flip = FLIP._replace(qubits=(qubit,))
            return [
                replace(after, state=apply(after.state, flip)) if bit else after
                for bit, after in collapse(path, qubit, rng)
            ]
        case Branch(condition, then, otherwise):
            return follow(path, then if holds(condition, path.bits) else otherwise, rng)
        case While(condition, body):
            return repeat(path, condition, body, rng)
        case Assign(clbit, condition):
            return [replace(path, bits=written(path.bits, clbit, int(holds(condition, path.bits))))]


def repeat(path: Path, condition: Condition, body: Sequence[Operation], rng: np.random.Generator) -> list[Path]:
    """Returns the histories that one becomes by a loop."""
    ended: list[Path] = []
    running = [path]
    while running:
        ended += [path for path in running if not holds(condition, path.bits)]
        running = [path for path in running if holds(condition, path.bits)]
        running = [after for before in running for after in follow(before, body, rng)]
    return ended


def collapse(path: Path, qubit: int, rng: np.random.Generator) -> list[tuple[int, Path]]:
    """Measures a qubit: for each outcome that some shot sees, the outcome and the history after it."""
    halves = [np.zeros_like(path.state), np.zeros_like(path.state)]
    probabilities = []
    for bit, half in enumerate(halves):
        index = (slice(None),) * qubit + (bit,)
        half[index] = path.state[index]
        probabilities.append(float(np.vdot(half, half).real))
    ones = int(rng.binomial(path.shots, min(1.0, probabilities[1] / sum(probabilities))))
    return [
        (bit, replace(path, shots=shots, state=halves[bit] / np.sqrt(probabilities[bit])))
        for bit, shots in enumerate((path.shots - ones, ones))
        if shots
    ]


def written(bits: tuple[int, ...], clbit: int | None, bit: int) -> tuple[int, ...]:
    """Returns the classical bits after one was written."""
    return bits if clbit is None else (*bits[:clbit], bit, *bits[clbit + 1 :])


def apply(state: State, gate: Gate) -> State:
    """Returns the state after a gate; axis ``i`` of a state is qubit ``i``."""
    after = state.copy()
    targets = 2 if gate.name in SWAPS else 1
    controls = gate.qubits[:-targets]
    index = tuple(1 if qubit in controls else slice(None) for qubit in range(state.ndim))
    # A view of the part of the state where all controls are 1, its targets moved to the front.
    axes = [target - sum(control < target for control in controls) for target in gate.qubits[-targets:]]
    view = np.moveaxis(after[index], axes, range(targets))
    view[...] = np.swapaxes(view, 0, 1).copy() if gate.name in SWAPS else np.tensordot(matrix(gate), view, 1)
    return after


def matrix(gate: Gate) -> State:
    """Returns the two by two matrix of what a gate does to its target."""
    theta, phi, lam, gamma = meaning(gate)
    cos, sin = np.cos(theta / 2), np.sin(theta / 2)
    rotation: State = np.array(
        [[cos, -np.exp(1j * lam) * sin], [np.exp(1j * phi) * sin, np.exp(1j * (phi + lam)) * cos]]
    )
    rotation *= np.exp(1j * gamma)
    return rotation
