"""Runs a planned circuit on Aer, through the entry point below its Python front end, which would cost milliseconds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qiskit_aer.backends.backend_utils import cpp_execute_circuits
from qiskit_aer.backends.controller_wrappers import AerConfig, aer_controller_execute
from qiskit_aer.version import __version__ as aer_version

from qdm_driver import ExhaustedError
from qdm_sidecar.plugins.aer_circuit import to_aer
from qdm_sidecar.plugins.simulation_method import Plan

ENGINE = f"qiskit-aer {aer_version}"

_MIB = 1 << 20
_RETRY_SECONDS = 5.0
# Below this many qubits threads cost more than they bring: 98 against 9 ms for 15 qubits on two busy processors.
_THREADS_PAY_FROM = 18
_SMALL_STATE = 64 * _MIB


@dataclass(frozen=True, slots=True)
class Run:
    """Counts by bitstring, bit 0 rightmost, and the seconds that the engine worked."""

    counts: Mapping[str, int]
    seconds: float


class AerEngine:
    """Aer with a bound on memory in bytes, and on threads (``None``: as many as there are processors)."""

    def __init__(self, *, memory_bytes: int, threads: int | None) -> None:
        self._controller = aer_controller_execute()
        self._memory_bytes = memory_bytes
        self._threads = threads

    def run(self, plan: Plan, shots: int, seed: int | None) -> Run:
        """Runs the circuit. Raises ExhaustedError where memory is short at this moment."""
        width = plan.circuit.num_clbits
        if not width:
            return Run({"": shots}, 0.0)
        if plan.memory_bytes > _SMALL_STATE and plan.memory_bytes > available_memory():
            raise _out_of_memory()
        circuit = to_aer(plan.circuit)
        start = time.perf_counter()
        output = cpp_execute_circuits(self._controller, [circuit], None, self._config(plan, shots, seed))
        seconds = time.perf_counter() - start
        (result,) = output["results"]
        if not output["success"]:
            if any(sign in result["status"] for sign in ("memory", "bad_alloc")):
                raise _out_of_memory()
            raise RuntimeError(f"Aer refused a circuit: {result['status']}")
        return Run({f"{int(bits, 16):0{width}b}": count for bits, count in result["data"]["counts"].items()}, seconds)

    def _config(self, plan: Plan, shots: int, seed: int | None) -> AerConfig:
        config = AerConfig()
        config.method = plan.method.value
        config.device = "CPU"
        config.n_qubits = plan.circuit.num_qubits
        config.memory_slots = plan.circuit.num_clbits
        config.shots = shots
        config.max_memory_mb = self._memory_bytes // _MIB
        config.enable_truncation = False
        if seed is not None:
            config.seed_simulator = seed
        if plan.circuit.num_qubits < _THREADS_PAY_FROM:
            config.max_parallel_threads = 1
        elif self._threads is not None:
            config.max_parallel_threads = self._threads
        return config


def available_memory() -> int:
    """Returns the bytes that the machine can give without swapping."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _out_of_memory() -> ExhaustedError:
    message = "the device has not enough memory for this circuit just now; try again, or use fewer qubits"
    return ExhaustedError(message, retry_after=_RETRY_SECONDS)
