"""Runs a planned circuit on Aer, through the entry point below its Python front end, which would cost milliseconds."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from qiskit_aer.backends.backend_utils import cpp_execute_circuits
from qiskit_aer.backends.controller_wrappers import AerConfig, aer_controller_execute
from qiskit_aer.version import __version__ as aer_version

from qdm_circuits.circuit import Assign, Circuit, Measure, flatten
from qdm_sidecar.engines.aer_circuit import to_aer
from qdm_sidecar.engines.aer_plan import Plan
from qdm_sidecar.engines.memory import check_memory
from qdm_sidecar.engines.run import Run, too_many_turns
from qdm_sidecar.memory import out_of_memory

ENGINE = f"qiskit-aer {aer_version}"

_MIB = 1 << 20
_VALUE = "value"
# Below this many qubits threads cost more than they bring: 98 against 9 ms for 15 qubits on two busy processors.
_THREADS_PAY_FROM = 18
_BYTES_PER_OPERATION = 200


class AerEngine:
    """Aer with a bound on memory in bytes, and on threads."""

    def __init__(self, *, memory_bytes: int, threads: int) -> None:
        self._controller = aer_controller_execute()
        self._memory_bytes = memory_bytes
        self.threads = threads

    def run(self, plan: Plan, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Runs the circuit.

        Raises ExhaustedError where memory is short at this moment, PreconditionError (``CIRCUIT_TOO_LARGE``) where the
        loops of a shot went round too often.
        """
        zeros = "0" * plan.circuit.num_clbits
        if not zeros or not _writes_bits(plan.circuit):
            # Aer gives no counts then.
            return Run({zeros: shots}, 0.0, (zeros,) * shots if memory else ())
        check_memory(plan.memory_bytes)
        circuit = to_aer(plan.circuit)
        if not any(isinstance(operation, Measure) for operation in flatten(plan.circuit.operations)):
            circuit.measure([0], [], [])  # Aer counts nothing without a measurement
        start = time.perf_counter()
        config = self._config(plan, shots, seed)
        config.memory_slots = circuit.num_memory
        config.memory = memory
        data = self._execute(circuit, config)
        seconds = time.perf_counter() - start
        bitstrings = {word: _bitstring(word, plan.circuit) for word in data["counts"]}
        counts = {bitstrings[word]: count for word, count in data["counts"].items()}
        return Run(counts, seconds, [bitstrings[word] for word in data.get("memory", ())])

    def expectation(self, plan: Plan, terms: Sequence[tuple[str, float]]) -> float:
        """Returns the sum of Pauli strings with their coefficients, evaluated in the state that the circuit ends in.

        A string has a letter of I, X, Y and Z for each qubit of the plan, the rightmost for qubit 0. Raises
        ExhaustedError as ``run`` does.
        """
        if not terms:
            return 0.0
        if not plan.circuit.num_qubits:
            return sum(coefficient for _, coefficient in terms)
        check_memory(plan.memory_bytes)
        circuit = to_aer(plan.circuit)
        strings, coefficients = zip(*terms, strict=True)
        no_imaginary_parts = [0.0] * len(terms)
        qubits = range(plan.circuit.num_qubits)
        circuit.save_expval(qubits, "save_expval", strings, coefficients, no_imaginary_parts, "average", _VALUE)
        value: float = self._execute(circuit, self._config(plan, shots=1, seed=None))[_VALUE]
        return value

    def _execute(self, circuit: Any, config: AerConfig) -> Mapping[str, Any]:
        output = cpp_execute_circuits(self._controller, [circuit], None, config)
        (result,) = output["results"]
        if not output["success"]:
            if any(sign in result["status"] for sign in ("memory", "bad_alloc")):
                raise out_of_memory()
            raise RuntimeError(f"Aer refused a circuit: {result['status']}")
        data: Mapping[str, Any] = result["data"]
        return data

    def _config(self, plan: Plan, shots: int, seed: int | None) -> AerConfig:
        config = AerConfig()
        config.method = plan.method.value
        config.device = "CPU"
        config.n_qubits = plan.circuit.num_qubits
        config.shots = shots
        config.max_memory_mb = self._memory_bytes // _MIB
        config.enable_truncation = False
        if seed is not None:
            config.seed_simulator = seed
        config.max_parallel_threads = self.threads if plan.circuit.num_qubits >= _THREADS_PAY_FROM else 1
        return config


class CircuitOnAer:
    """A planned circuit that is ready to run on an engine."""

    engine = ENGINE

    def __init__(self, aer: AerEngine, plan: Plan) -> None:
        self._aer = aer
        self._plan = plan
        self.method = plan.method.value
        self.num_bytes = _BYTES_PER_OPERATION * sum(1 for _ in flatten(plan.circuit.operations))

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Runs the circuit, as ``AerEngine.run`` does."""
        return self._aer.run(self._plan, shots, seed, memory=memory)


def _writes_bits(circuit: Circuit) -> bool:
    operations = flatten(circuit.operations)
    return any(isinstance(operation, Measure | Assign) and operation.clbit is not None for operation in operations)


def _bitstring(word: str, circuit: Circuit) -> str:
    bits = int(word, 16)
    if bits >> circuit.num_clbits:
        raise too_many_turns()
    return f"{bits:0{circuit.num_clbits}b}"
