"""Runs a planned circuit on Aer, through the entry point below its Python front end, which would cost milliseconds."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from qiskit_aer.backends.backend_utils import cpp_execute_circuits
from qiskit_aer.backends.controller_wrappers import AerConfig, aer_controller_execute
from qiskit_aer.version import __version__ as aer_version

from qdm_circuits.circuit import Assign, Measure, While, flatten
from qdm_sidecar.engines.aer_circuit import to_aer
from qdm_sidecar.engines.aer_plan import Plan
from qdm_sidecar.engines.memory import check_memory
from qdm_sidecar.engines.run import Run, random_numbers, too_many_turns
from qdm_sidecar.memory import out_of_memory

ENGINE = f"qiskit-aer {aer_version}"

_MIB = 1 << 20
_VALUE = "value"
# Below this many qubits threads cost more than they bring: 98 against 9 ms for 15 qubits on two busy processors.
_THREADS_PAY_FROM = 18
_BYTES_PER_OPERATION = 200
_GROWTH = 16  # of the parts that shots are run in; each part takes half a millisecond
_SEEDS = 1 << 63


class AerEngine:
    """Aer with a bound on memory in bytes, and on threads."""

    def __init__(self, *, memory_bytes: int, threads: int) -> None:
        self._controller = aer_controller_execute()
        self._memory_bytes = memory_bytes
        self.threads = threads

    def expectation(self, plan: Plan, terms: Sequence[tuple[str, float]]) -> float:
        """Returns the sum of Pauli strings with their coefficients, evaluated in the state that the circuit ends in.

        A string has a letter of I, X, Y and Z for each qubit of the plan, the rightmost for qubit 0. Raises
        ExhaustedError as ``execute`` does.
        """
        if not terms:
            return 0.0
        circuit = to_aer(plan.circuit)
        strings, coefficients = zip(*terms, strict=True)
        no_imaginary_parts = [0.0] * len(terms)
        qubits = range(plan.circuit.num_qubits)
        circuit.save_expval(qubits, "save_expval", strings, coefficients, no_imaginary_parts, "average", _VALUE)
        value: float = self.execute(plan, circuit, shots=1, seed=None, memory=False)[_VALUE]
        return value

    def execute(self, plan: Plan, circuit: Any, shots: int, seed: int | None, *, memory: bool) -> Mapping[str, Any]:
        """Runs what ``to_aer`` made of the plan's circuit, and more if need be, and returns the data that Aer gives.

        Raises ExhaustedError where memory is short at this moment.
        """
        check_memory(plan.memory_bytes)
        config = AerConfig()
        config.method = plan.method.value
        config.device = "CPU"
        config.n_qubits = plan.circuit.num_qubits
        config.memory_slots = circuit.num_memory
        config.shots = shots
        config.memory = memory
        config.max_memory_mb = self._memory_bytes // _MIB
        config.enable_truncation = False
        if seed is not None:
            config.seed_simulator = seed
        config.max_parallel_threads = self.threads if plan.circuit.num_qubits >= _THREADS_PAY_FROM else 1
        output = cpp_execute_circuits(self._controller, [circuit], None, config)
        (result,) = output["results"]
        if not output["success"]:
            if any(sign in result["status"] for sign in ("memory", "bad_alloc")):
                raise out_of_memory()
            raise RuntimeError(f"Aer refused a circuit: {result['status']}")
        data: Mapping[str, Any] = result["data"]
        return data


class CircuitOnAer:
    """A planned circuit that is ready to run on an engine."""

    engine = ENGINE

    def __init__(self, aer: AerEngine, plan: Plan) -> None:
        self._aer = aer
        self._plan = plan
        self.method = plan.method.value
        self._width = plan.circuit.num_clbits
        operations = [*flatten(plan.circuit.operations)]
        self._writes_bits = any(
            isinstance(operation, Measure | Assign) and operation.clbit is not None for operation in operations
        )
        self._loops = any(isinstance(operation, While) for operation in operations)
        self.num_bytes = _BYTES_PER_OPERATION * len(operations)

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Runs the circuit; where there are loops, few shots before many, as Aer tells last that one does not end."""
        zeros = "0" * self._width
        if not zeros or not self._writes_bits:
            # Aer gives no counts then.
            return Run({zeros: shots}, 0.0, (zeros,) * shots if memory else ())
        some = _growing_parts(shots) if self._loops else (shots,)
        runs = [self._run(part, seed, memory=memory) for part, seed in zip(some, _seeds(seed), strict=False)]
        counts: Counter[str] = Counter()
        for run in runs:
            counts.update(run.counts)
        return Run(counts, sum(run.seconds for run in runs), [text for run in runs for text in run.memory])

    def _run(self, shots: int, seed: int | None, *, memory: bool) -> Run:
        circuit = to_aer(self._plan.circuit)
        start = time.perf_counter()
        data = self._aer.execute(self._plan, circuit, shots, seed, memory=memory)
        seconds = time.perf_counter() - start
        bitstrings = {word: self._bitstring(word) for word in data["counts"]}
        counts = {bitstrings[word]: count for word, count in data["counts"].items()}
        return Run(counts, seconds, [bitstrings[word] for word in data.get("memory", ())])

    def _bitstring(self, word: str) -> str:
        bits = int(word, 16)
        if bits >> self._width:
            raise too_many_turns()
        return f"{bits:0{self._width}b}"


def _growing_parts(shots: int) -> Iterator[int]:
    for power in count():
        if shots <= 0:
            return
        part = min(shots, _GROWTH**power)
        yield part
        shots -= part


def _seeds(seed: int | None) -> Iterator[int | None]:
    """Yields the run's own seed, then others that follow from it but lie nowhere near."""
    yield seed
    rng = random_numbers(seed)
    while True:
        yield int(rng.integers(_SEEDS))
