"""The simulator: the golden reference of what a circuit means.

Results follow the contract: classical bit 0 is the rightmost character, the first register is the least significant,
bits that nothing wrote are '0', and mid-circuit measurement really collapses. Metadata of a result:

- ``engine``, ``method``: what computed it, and how it holds the state;
- ``registers``: JSON, ``[[name, width], …]``, least significant first, to split the bitstrings by;
- ``bitstring_order``: how bitstrings are to be read;
- ``ignored``: where a program says what the simulator ignores: JSON, a list of words such as ``barrier``;
- ``aqo_hash``: SHA-256 of the document's canonical bytes, for AQO;
- ``seed``: where the request gave one;
- ``energy``: where the document asks for an expectation value: that value, exactly, as a decimal;
- ``energy_unavailable``: instead of it, why it can't be given;
- ``memory``: where the option ``memory`` asked for it: JSON, each shot's bitstring in the order of the shots.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from qdm_circuits.collection import collection_paused
from qdm_driver import (
    BaseDriver,
    CalibrationRef,
    Capabilities,
    CircuitPayload,
    DeviceInfo,
    DeviceNotFoundError,
    DeviceState,
    DeviceStatus,
    DriverConfig,
    ExecutionOptions,
    ExecutionResult,
    InvalidRequestError,
    PreconditionError,
    Violation,
)
from qdm_sidecar.engines import aer, qsim_core, stabilizer
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.aer_plan import BYTES_PER_AMPLITUDE, MAX_CLIFFORD_QUBITS
from qdm_sidecar.engines.choice import Engine, cannot_run, make_ready
from qdm_sidecar.engines.program_cache import ByteBoundedCache
from qdm_sidecar.engines.run import Runnable, TooRepeatedError
from qdm_sidecar.plugins.expectation import expectation_metadata
from qdm_sidecar.plugins.payload_formats import FORMATS, NATIVE_FORMAT, PayloadReader

BITSTRING_ORDER = "bit 0 rightmost, first register rightmost"
# fmt: off
NATIVE_GATES = (
    "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "p", "rx", "ry", "rz",
    "u", "cx", "cy", "cz", "cp", "crx", "cry", "crz", "cu", "swap", "ccx", "ccz", "cswap", "mcu",
)
# fmt: on
MAX_SHOTS = 10_000_000
MAX_SEED = 2**63 - 1

_RESERVED_BYTES = 512 * 2**20  # what the interpreter, its libraries and a large program take beside the state
_MAX_MEMORY_BYTES = 2 * 2**20  # clients take messages of 4 MiB where nobody says otherwise
_JSON_BYTES_PER_SHOT = 3
_CACHE_SHARE = 16
_PROGRAM_BYTES = 1024  # what a program takes in the cache beside its circuit and its texts


class SimulatorConfig(DriverConfig):
    """Configuration of a simulated device."""

    max_qubits: int | None = Field(
        None, ge=1, description="Most qubits of a circuit with other than Clifford gates; default: what memory allows."
    )
    engine: Engine | None = Field(
        None, description="What computes the counts where a request names no engine; default: the fastest that can."
    )
    threads: int | None = Field(
        None, ge=1, description="Most threads of one execution; default: what the pod's limit of processors allows."
    )


class SimulatorOptions(ExecutionOptions):
    """Options of one execution; other keys are values for the circuit's symbols."""

    accepts_symbols = True

    seed: int | None = Field(None, ge=0, le=MAX_SEED, description="Makes the counts repeatable.")
    memory: bool = Field(default=False, description="Also gives each shot's bitstring, in metadata.")
    engine: Engine | None = Field(None, description="What computes the counts; default: as the device is set up.")


@dataclass(frozen=True, slots=True)
class Program:
    """A circuit that is ready to run, and what its format tells about it."""

    runnable: Runnable
    width: int
    metadata: Mapping[str, str]


class SimulatorDriver(BaseDriver[SimulatorConfig, SimulatorOptions]):
    """Runs circuits without noise, on the engine that does so soonest; qiskit-aer is the reference of the others."""

    version = "0.1.0"
    config_model = SimulatorConfig
    options_model = SimulatorOptions

    def initialize(self, config: SimulatorConfig) -> None:
        """Bounds the circuits by the memory there is. Raises where that is too little for what is configured."""
        self._device = config.device
        usable = config.device.memory_bytes - _RESERVED_BYTES
        self._max_qubits = most_dense_qubits(usable)
        if not self._max_qubits:
            raise PreconditionError(
                f"the simulator needs more than {_RESERVED_BYTES // 2**20} MiB of memory; give its device more",
                kind="CONFIG",
            )
        if config.max_qubits is not None:
            if config.max_qubits > self._max_qubits:
                sentence = f"is more than the {self._max_qubits} that the device's memory allows"
                raise InvalidRequestError(Violation("driverConfig.max_qubits", sentence))
            self._max_qubits = config.max_qubits
        self._engine = config.engine
        self._aer = AerEngine(memory_bytes=usable, threads=config.threads or config.device.processors)
        self._reader = PayloadReader(usable // _CACHE_SHARE)
        self._programs = ByteBoundedCache[Program](usable // _CACHE_SHARE)

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the one simulated device."""
        capabilities = Capabilities(
            max_qubits=self._max_qubits,
            formats=FORMATS,
            max_shots=MAX_SHOTS,
            native_gates=NATIVE_GATES,
            native_format=NATIVE_FORMAT,
            dynamic_circuits=True,
            seeds=True,
            repeatable=True,
            extra={"max_clifford_qubits": str(MAX_CLIFFORD_QUBITS)},
        )
        return [DeviceInfo(self._device.device_id, self._device.display_name, "simulator", capabilities)]

    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: SimulatorOptions
    ) -> ExecutionResult:
        """Reads, plans and runs the circuit."""
        self._check_device(device_id)
        asked = options.engine or self._engine
        program = self._program(circuit, options.symbols, asked)
        if options.memory:
            _check_memory_size(shots, program.width)
        try:
            run = program.runnable.run(shots, options.seed, memory=options.memory)
        except TooRepeatedError:
            if asked:
                raise cannot_run(asked, Engine.AER) from None
            program = self._program(circuit, options.symbols, Engine.AER)
            run = program.runnable.run(shots, options.seed, memory=options.memory)
        seed = {} if options.seed is None else {"seed": str(options.seed)}
        memory = {"memory": json.dumps(run.memory, separators=(",", ":"))} if options.memory else {}
        return ExecutionResult(run.counts, run.seconds, {**program.metadata, **seed, **memory})

    def get_device_status(self, device_id: str) -> DeviceStatus:
        """A simulator is always online; it tells how its caches do."""
        self._check_device(device_id)
        gauges = self._programs.gauges("program") | self._reader.gauges()
        return DeviceStatus(DeviceState.ONLINE, gauges=gauges)

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Stores what results depend on; there is nothing physical to calibrate."""
        self._check_device(device_id)
        engines = [module.ENGINE for module in (aer, qsim_core, stabilizer)]
        facts = {"device_id": device_id, "driver_version": self.version, "engines": engines}
        return self._device.artifacts.put(json.dumps(facts, sort_keys=True).encode())

    def _check_device(self, device_id: str) -> None:
        if device_id != self._device.device_id:
            raise DeviceNotFoundError(f"this driver has no device {device_id!r}")

    def _program(self, payload: CircuitPayload, symbols: Mapping[str, str], engine: Engine | None) -> Program:
        digest = hashlib.sha256(payload.data).digest()
        key = payload.format, digest, tuple(sorted(symbols.items())), engine
        return self._programs.get_or_make(key, lambda: self._read(payload, digest, symbols, engine))

    @collection_paused()
    def _read(
        self, payload: CircuitPayload, digest: bytes, symbols: Mapping[str, str], engine: Engine | None
    ) -> tuple[Program, int]:
        reading = self._reader.read(payload, digest, symbols)
        runnable = make_ready(reading.circuit, self._aer, self._max_qubits, engine)
        registers = [[register.name, register.width] for register in reading.circuit.registers]
        metadata = {
            "engine": runnable.engine,
            "method": runnable.method,
            "registers": json.dumps(registers, separators=(",", ":")),
            "bitstring_order": BITSTRING_ORDER,
        }
        expectation = expectation_metadata(reading.expectation, self._aer, self._max_qubits)
        metadata |= reading.metadata
        metadata |= expectation
        program = Program(runnable, reading.circuit.num_clbits, metadata)
        return program, _PROGRAM_BYTES + runnable.num_bytes + sum(map(len, metadata.values()))


def _check_memory_size(shots: int, width: int) -> None:
    if shots * (width + _JSON_BYTES_PER_SHOT) > _MAX_MEMORY_BYTES:
        most = _MAX_MEMORY_BYTES // (width + _JSON_BYTES_PER_SHOT)
        raise InvalidRequestError(Violation("options.memory", f"is given for up to {most:,} shots of this circuit"))


def most_dense_qubits(memory_bytes: int) -> int:
    """Returns the most qubits whose state fits; 0 where none does."""
    return max(0, (memory_bytes // BYTES_PER_AMPLITUDE).bit_length() - 1) if memory_bytes > 0 else 0
