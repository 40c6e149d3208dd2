"""A driver in which nothing is wrong and which is as small as one can be: the base of those in which something is."""

import cmath
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qdm_circuits.aqo import AqoProgram, parse_aqo_json
from qdm_circuits.circuit import Circuit, Measure, Operation, Reset
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


class TinyOptions(ExecutionOptions):
    accepts_symbols = True

    seed: int | None = None


@dataclass(frozen=True)
class History:
    """What happened so far: with which probability, the classical bits, and the amplitude of each basis state."""

    probability: float
    bits: tuple[int, ...]
    amplitudes: tuple[complex, ...]


class TinyDriver(BaseDriver[DriverConfig, TinyOptions]):
    """Works out the exact distribution of an AQO circuit and draws shots from it."""

    version = "1.0.0"
    config_model = DriverConfig
    options_model = TinyOptions

    capabilities = Capabilities(
        max_qubits=5,
        formats=frozenset({CircuitFormat.AQO_JSON}),
        max_shots=100_000,
        dynamic_circuits=True,
        seeds=True,
        repeatable=True,
    )

    def initialize(self, config: DriverConfig) -> None:
        self.device = config.device
        self.rng = random.Random()  # noqa: S311 - shots are no secrets

    def get_devices(self) -> Sequence[DeviceInfo]:
        return [DeviceInfo(self.device.device_id, self.device.display_name, "simulator", self.capabilities)]

    def get_device_status(self, device_id: str) -> DeviceStatus:
        self.check_device(device_id)
        return DeviceStatus(DeviceState.ONLINE)

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        self.check_device(device_id)
        return self.device.artifacts.put(b"nothing to calibrate")

    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: TinyOptions
    ) -> ExecutionResult:
        self.check_device(device_id)
        program = self.read(circuit, options)
        probabilities = self.distribution(program.circuit)
        return ExecutionResult(self.draw(probabilities, shots, options), 0.0)

    def check_device(self, device_id: str) -> None:
        if device_id != self.device.device_id:
            raise DeviceNotFoundError(f"there is no device {device_id!r} here")

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        if circuit.format is not CircuitFormat.AQO_JSON:
            raise UnsupportedError(f"this device takes AQO_JSON and not {circuit.format.name}")
        program = parse_aqo_json(circuit.data, options.symbols)
        if program.circuit.num_qubits > self.capabilities.max_qubits:
            raise PreconditionError("the circuit has more qubits than this device", kind="CIRCUIT_TOO_LARGE")
        return program

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        rng = self.rng if options.seed is None else random.Random(options.seed)  # noqa: S311
        return dict(Counter(rng.choices(list(probabilities), list(probabilities.values()), k=shots)))

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        start = History(1.0, (0,) * circuit.num_clbits, (1.0,) + (0.0,) * (2**circuit.num_qubits - 1))
        histories = [start]
        for operation in circuit.operations:
            histories = [after for before in histories for after in self.step(before, operation)]
        probabilities: dict[str, float] = defaultdict(float)
        for history in histories:
            probabilities["".join(map(str, reversed(history.bits)))] += history.probability
        return probabilities

    def step(self, history: History, operation: Operation) -> Iterator[History]:
        match operation:
            case Gate():
                yield replace(history, amplitudes=applied(operation, history.amplitudes))
            case Measure(qubit, int(clbit)):
                for bit, after in self.collapse(history, qubit):
                    yield replace(after, bits=(*after.bits[:clbit], bit, *after.bits[clbit + 1 :]))
            case Reset(qubit):
                for bit, after in self.collapse(history, qubit):
                    flip = applied(Gate("x", (qubit,)), after.amplitudes)
                    yield replace(after, amplitudes=flip if bit else after.amplitudes)

    def collapse(self, history: History, qubit: int) -> Iterator[tuple[int, History]]:
        for bit in (0, 1):
            kept = [item if index >> qubit & 1 == bit else 0.0 for index, item in enumerate(history.amplitudes)]
            chance = sum(abs(item) ** 2 for item in kept)
            if chance > 1e-12:
                amplitudes = tuple(item / math.sqrt(chance) for item in kept)
                yield bit, replace(history, probability=history.probability * chance, amplitudes=amplitudes)


def applied(gate: Gate, amplitudes: Sequence[complex]) -> tuple[complex, ...]:
    """Returns the amplitudes after a gate; bit i of an index is qubit i."""
    after = list(amplitudes)
    targets = gate.qubits[-2:] if gate.name in SWAPS else gate.qubits[-1:]
    controls = gate.qubits[: -len(targets)]
    masks = [1 << target for target in targets]
    for index in range(len(amplitudes)):
        if index & masks[0] or not all(index >> control & 1 for control in controls):
            continue
        if gate.name in SWAPS:
            if index & masks[1]:
                other = index ^ masks[0] ^ masks[1]
                after[index], after[other] = amplitudes[other], amplitudes[index]
            continue
        zero, one = amplitudes[index], amplitudes[index | masks[0]]
        theta, phi, lam, gamma = meaning(gate)
        cos, sin, phase = math.cos(theta / 2), math.sin(theta / 2), cmath.rect(1, gamma)
        after[index] = phase * (cos * zero - cmath.rect(sin, lam) * one)
        after[index | masks[0]] = phase * (cmath.rect(sin, phi) * zero + cmath.rect(cos, phi + lam) * one)
    return tuple(after)
