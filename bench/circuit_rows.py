"""Circuits through client, facade and sidecar, against what a user would run in process instead."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import grpc
from measure import Batch, Row, in_turn, row
from processes import OPTIONS, Fleet
from qiskit import QuantumCircuit, qasm3, transpile
from qiskit.circuit import Parameter
from qiskit_aer import AerSimulator
from qulacs import QuantumCircuit as QulacsCircuit
from qulacs import QuantumState
from workloads import Workload, bell, clifford, dense, layered, mid_circuit, mid_clifford, native

from qdm_circuits.qasm3.parser import parse_qasm3
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

SHOTS = 1024
BATCH = 5
LONG_BATCH = 20  # where a peer's 100 ms leave nothing of ours in the processors' caches
DEVICE = "simulator"
AER_QUBITS = 30
AER = "AerSimulator.run"
QASM3 = "qasm3.loads + transpile + AerSimulator.run"
SWEEP = "assign_parameters + AerSimulator.run"
GATEWAY = "qasm3.loads + qulacs"
NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Case:
    """A family of circuits that Aer runs too; ``batch`` of ours are measured to one of Aer's, ``turns`` times.

    Transpiling first would cancel gates beside measurements on the way, which is not what is measured.
    """

    name: str
    make: Callable[[int], Workload]
    turns: int
    batch: int = 1
    transpiled: bool = True


CASES = (
    Case("dense10", lambda seed: dense(10, 200, seed), 25, BATCH),
    Case("dense16", lambda seed: dense(16, 300, seed), 15, 2),
    Case("dense20", lambda seed: layered(20, 20, seed), 5),
    Case("clifford100", lambda seed: clifford(100, 2_000, seed), 12, 3),
    Case("midcircuit10", lambda seed: mid_circuit(10, 10, seed), 8, transpiled=False),
    Case("midclifford10", lambda seed: mid_clifford(10, 10, seed), 5, BATCH, transpiled=False),
)


class Caller:
    """A client of the facade."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._manager = DriverManagerServiceStub(channel)

    def aqo(self, data: bytes, options: Mapping[str, str] = NONE, *, shots: int = SHOTS) -> dict[str, int]:
        """Sends an AQO document and returns its counts."""
        return self._run(pb.CIRCUIT_FORMAT_AQO_JSON, data, shots, options)

    def aqo_all(self, data: bytes, options: Sequence[Mapping[str, str]]) -> list[dict[str, int]]:
        """Sends an AQO document once for each of the options, all at once, and returns its counts in their order."""
        requests = [_request(pb.CIRCUIT_FORMAT_AQO_JSON, data, SHOTS, some) for some in options]
        calls = [self._manager.ExecuteCircuit.future(request) for request in requests]
        return [dict(call.result().counts) for call in calls]

    def openqasm3(self, data: bytes) -> dict[str, int]:
        """Sends an OpenQASM 3 program and returns its counts."""
        return self._run(pb.CIRCUIT_FORMAT_QASM3_TEXT, data, SHOTS, NONE)

    def _run(self, encoding: "pb.CircuitFormat", data: bytes, shots: int, options: Mapping[str, str]) -> dict[str, int]:
        return dict(self._manager.ExecuteCircuit(_request(encoding, data, shots, options)).counts)


def _request(
    encoding: "pb.CircuitFormat", data: bytes, shots: int, options: Mapping[str, str]
) -> pb.ExecuteCircuitRequest:
    payload = pb.CircuitPayload(format=encoding, data=data)
    return pb.ExecuteCircuitRequest(device_id=DEVICE, payload=payload, shots=shots, options=options)


def circuit_rows(fleet: Fleet) -> Iterator[Row]:
    """Measures one row after another. Circuits are new, but in rows that are called warm and in repeat16."""
    with grpc.insecure_channel(fleet.facade, OPTIONS) as channel:
        caller = Caller(channel)
        yield from _bell(caller)
        for case in CASES:
            yield from _against_aer(caller, case)
        yield _repeated(caller)
        yield _sweep(caller)
        yield _parsing()
        yield _gateway(caller, "device_gateway bell", bell)
        yield _gateway(caller, "device_gateway 7x100", lambda seed: native(7, 100, seed))


def _bell(caller: Caller) -> Iterator[Row]:
    def turn(number: int) -> Sequence[Batch]:
        texts = [bell(number * LONG_BATCH + place).openqasm3() for place in range(LONG_BATCH)]
        calls = [partial(caller.openqasm3, text) for text in texts]
        return calls, calls, [partial(_qiskit_way, text) for text in texts[:BATCH]]

    cold, warm, peer = in_turn(map(turn, range(12)), warm_up=2)
    yield row("bell", cold, QASM3, peer)
    yield row("bell warm", warm, QASM3, peer)


def _qiskit_way(text: bytes) -> None:
    simulator = AerSimulator()
    circuit = transpile(qasm3.loads(text.decode()), simulator)
    simulator.run(circuit, shots=SHOTS).result().get_counts()


def _against_aer(caller: Caller, case: Case) -> Iterator[Row]:
    simulator = AerSimulator()

    def turn(number: int) -> Sequence[Batch]:
        workloads = [case.make(number * case.batch + place) for place in range(case.batch)]
        calls = [partial(caller.aqo, workload.aqo()) for workload in workloads]
        circuit = workloads[0].qiskit()
        return calls, calls, [partial(run_on_aer, simulator, _transpiled(circuit) if case.transpiled else circuit)]

    cold, warm, peer = in_turn(map(turn, range(case.turns + 1)))
    yield row(case.name, cold, AER, peer)
    yield row(f"{case.name} warm", warm, AER, peer)


def _transpiled(circuit: QuantumCircuit) -> QuantumCircuit:
    # transpile() takes no more qubits than a state vector may have; these circuits need none for Aer to run them.
    return circuit if circuit.num_qubits > AER_QUBITS else transpile(circuit, AerSimulator())


def run_on_aer(
    simulator: AerSimulator,
    circuits: QuantumCircuit | list[QuantumCircuit],
    shots: int = SHOTS,
    *,
    seed: int | None = None,
) -> None:
    """Does what a user would do in process, counts included."""
    simulator.run(circuits, shots=shots, seed_simulator=seed).result().get_counts()


def _repeated(caller: Caller) -> Row:
    simulator = AerSimulator()
    workload = dense(16, 300, 0)
    data, circuit = workload.aqo(), _transpiled(workload.qiskit())

    def turn(number: int) -> Sequence[Batch]:
        seeds = range(number * BATCH, (number + 1) * BATCH)
        return [partial(caller.aqo, data, {"seed": str(seed)}) for seed in seeds], [
            partial(run_on_aer, simulator, circuit, seed=number)
        ]

    ours, peer = in_turn(map(turn, range(15)))
    return row("repeat16", ours, AER, peer)


def _sweep(caller: Caller) -> Row:
    simulator = AerSimulator()
    shape = dense(10, 200, 1)
    angles = {f"t{place}": angle for place, (_, _, angle) in enumerate(shape.operations) if angle is not None}
    document = json.loads(shape.aqo())
    circuit = QuantumCircuit(10, 10)
    for place, (name, qubits, angle) in enumerate(shape.operations):
        if angle is None:
            getattr(circuit, name)(*qubits)
        else:
            document["operations"][place]["params"]["theta"] = f"t{place}"
            getattr(circuit, name)(Parameter(f"t{place}"), *qubits)
    circuit.measure(range(10), range(10))
    circuit = _transpiled(circuit)
    data = json.dumps(document).encode()

    def turn(number: int) -> Sequence[Batch]:
        sets = [
            {name: angle + 1e-3 * place for name, angle in angles.items()}
            for place in range(100 * number, 100 * number + 100)
        ]

        def ours() -> None:
            caller.aqo_all(data, [{name: repr(value) for name, value in values.items()} for values in sets])

        def peer() -> None:
            bound = [circuit.assign_parameters(values, strict=False) for values in sets]
            run_on_aer(simulator, bound)

        return [ours], [peer]

    ours, peer = in_turn(map(turn, range(3)))
    return row("sweep10", ours, SWEEP, peer)


def _parsing() -> Row:
    def turn(seed: int) -> Sequence[Batch]:
        text = dense(10, 2_000, seed).openqasm3()
        return [lambda: parse_qasm3(text, {})] * 3, [lambda: qasm3.loads(text.decode())]

    ours, peer = in_turn(map(turn, range(8)))
    return row("qasm_parse", ours, "qasm3.loads", peer)


def _gateway(caller: Caller, name: str, make: Callable[[int], Workload]) -> Row:
    def turn(number: int) -> Sequence[Batch]:
        texts = [make(number * BATCH + place).openqasm3() for place in range(BATCH)]
        return [partial(caller.openqasm3, text) for text in texts], [partial(_qulacs_way, texts[0])]

    ours, peer = in_turn(map(turn, range(20)), warm_up=3)
    return row(name, ours, GATEWAY, peer)


def _qulacs_way(text: bytes) -> None:
    circuit = qasm3.loads(text.decode())
    translated = QulacsCircuit(circuit.num_qubits)
    for item in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in item.qubits]
        match item.operation.name:
            case "rz":
                translated.add_RZ_gate(qubits[0], -float(item.operation.params[0]))
            case "sx":
                translated.add_sqrtX_gate(qubits[0])
            case "h":
                translated.add_H_gate(qubits[0])
            case "cx":
                translated.add_CNOT_gate(*qubits)
    state = QuantumState(circuit.num_qubits)
    translated.update_quantum_state(state)
    counts: dict[str, int] = {}
    for sample in state.sampling(SHOTS):
        key = f"{sample:0{circuit.num_qubits}b}"
        counts[key] = counts.get(key, 0) + 1
