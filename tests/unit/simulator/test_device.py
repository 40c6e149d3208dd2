import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import in_process
import pytest
from in_process import execute

from qdm_circuits.aqo import document_to_proto, parse_aqo_json
from qdm_circuits.gates import Gate
from qdm_driver import (
    CircuitFormat,
    CircuitPayload,
    DeviceNotFoundError,
    DeviceState,
    ExecutionResult,
    ExhaustedError,
    InvalidRequestError,
    PreconditionError,
)
from qdm_driver.discovery import discover, load_driver
from qdm_sidecar import plugins
from qdm_sidecar.engines import aer, dense, memory, qsim_core
from qdm_sidecar.engines.choice import Engine
from qdm_sidecar.plugins.simulator_driver import SimulatorDriver, SimulatorOptions, most_dense_qubits

Run = Callable[..., ExecutionResult]
MakeDriver = Callable[..., SimulatorDriver]

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
GIB = 2**30


def test_the_driver_is_discovered_as_simulator() -> None:
    catalogue = discover(map(Path, plugins.__path__))
    assert load_driver("simulator", catalogue).__name__ == "SimulatorDriver"


@pytest.mark.parametrize(
    ("memory", "qubits"), [(-1, 0), (0, 0), (15, 0), (16, 0), (32, 1), (63, 1), (GIB, 26), (GIB - 1, 25)]
)
def test_dense_qubits_are_those_whose_state_fits(memory: int, qubits: int) -> None:
    assert most_dense_qubits(memory) == qubits


def test_capabilities_follow_from_memory_and_configuration(make_driver: MakeDriver) -> None:
    (device,) = make_driver(GIB + 512 * 2**20).get_devices()
    assert (device.device_id, device.name, device.backend_type) == ("sim:local", "Simulator", "simulator")
    assert device.capabilities.max_qubits == 26
    assert device.capabilities.formats >= {
        CircuitFormat.AQO_JSON,
        CircuitFormat.AQO_PROTO,
        CircuitFormat.QASM3_TEXT,
    }
    assert device.capabilities.dynamic_circuits
    assert device.capabilities.seeds
    assert make_driver(max_qubits=7).get_devices()[0].capabilities.max_qubits == 7


@pytest.mark.parametrize(("configured", "threads"), [({}, 1), ({"threads": 3}, 3)])
def test_an_engine_takes_no_more_threads_than_the_pod_has_processors_or_is_configured(
    make_driver: MakeDriver, monkeypatch: pytest.MonkeyPatch, configured: dict[str, int], threads: int
) -> None:
    begun: list[int] = []

    class Recorded(qsim_core.GateSequence):
        def __init__(self, num_qubits: int, gates: Sequence[Gate], threads: int) -> None:
            begun.append(threads)
            super().__init__(num_qubits, gates, threads)

    monkeypatch.setattr(dense, "GateSequence", Recorded)
    execute(make_driver(**configured), CircuitFormat.QASM3_TEXT, f"{HEAD}qubit q; rx(1) q;".encode(), 10)
    assert begun == [threads]


def test_the_status_tells_how_the_caches_do(make_driver: MakeDriver) -> None:
    driver = make_driver()
    for _ in range(3):
        execute(driver, CircuitFormat.QASM3_TEXT, f"{HEAD}qubit q;".encode(), 10)
    gauges = driver.get_device_status("sim:local").gauges
    assert (gauges["program_cache_hits"], gauges["program_cache_misses"], gauges["program_cache_entries"]) == (2, 1, 1)
    assert gauges["program_cache_bytes"] > 0
    assert gauges["document_cache_entries"] == 0


def test_more_qubits_than_memory_allows_are_a_wrong_configuration(make_driver: MakeDriver) -> None:
    with pytest.raises(InvalidRequestError, match=r"driverConfig\.max_qubits: is more than the 25"):
        make_driver(max_qubits=26)


@pytest.mark.parametrize("wrong", [{"max_qubits": 0}, {"threads": 0}, {"max_qubit": 3}])
def test_a_wrong_configuration_is_refused(make_driver: MakeDriver, wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidRequestError):
        make_driver(**wrong)


def test_a_device_without_memory_cannot_start(make_driver: MakeDriver) -> None:
    with pytest.raises(PreconditionError, match="more than 512 MiB"):
        make_driver(512 * 2**20)


def test_sixty_dense_qubits_are_refused(run: Run) -> None:
    with pytest.raises(PreconditionError) as caught:
        run(HEAD + "qubit[60] q; rx(0.1) q;")
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"


def test_too_many_clifford_qubits_are_refused(run: Run) -> None:
    with pytest.raises(PreconditionError) as caught:
        run(HEAD + "qubit[1001] q; h q;")
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"


def test_qubits_that_nothing_touches_cost_nothing(run: Run) -> None:
    assert run(HEAD + "qubit[60] q; bit c; rx(pi / 3) q[59]; rx(2 * pi / 3) q[59]; c = measure q[59];").counts == {
        "1": 1000
    }


def test_a_clifford_ghz_of_a_hundred_qubits_runs(run: Run) -> None:
    result = run(HEAD + "qubit[100] q; h q[0]; cx q[0], q[1:99];", shots=100, seed="1")
    assert result.counts.keys() == {"0" * 100, "1" * 100}
    assert result.metadata["method"] == "stabilizer"


@pytest.mark.parametrize(
    "gates",
    [
        "rx(pi / 2) q[20]; rx(pi / 2) q[20];",
        "ry(-pi / 2) q[20]; ry(3 * pi / 2) q[20]; y q[20];",
        "ry(pi / 2) q[20]; h q[20]; x q[20];",
        "ry(-pi / 2) q[20]; h q[20];",
        "rx(pi / 2) q[20]; s q[20]; h q[20]; x q[20];",
        "rx(-pi / 2) q[20]; s q[20]; h q[20];",
        "h q[20]; rz(pi / 2) q[20]; s q[20]; h q[20];",
        "h q[20]; rz(-pi) q[20]; h q[20];",
        "h q[20]; p(5 * pi) q[20]; h q[20];",
        "x q[0]; ctrl @ x q[0], q[20];",
    ],
)
def test_quarter_turns_are_clifford_gates(run: Run, gates: str) -> None:
    result = run(HEAD + f"qubit[21] q; bit c; h q[1:19]; {gates} c = measure q[20]; measure q[0];", shots=10)
    assert result.metadata["method"] == "stabilizer"
    assert result.counts == {"0" if "y q" in gates else "1": 10}


def test_metadata_says_how_to_read_the_result(run: Run) -> None:
    metadata = run(HEAD + "qubit[2] q; bit[2] a; bit b; a = measure q;", seed="9").metadata
    assert json.loads(metadata["registers"]) == [["a", 2], ["b", 1]]
    assert metadata["bitstring_order"] == "bit 0 rightmost, first register rightmost"
    assert metadata["engine"].startswith("stim ")
    assert metadata["seed"] == "9"
    assert "aqo_hash" not in metadata


def test_a_document_gives_the_same_result_in_both_encodings(driver: SimulatorDriver, run: Run) -> None:
    operation = {"op": "RX", "q": [0], "params": {"theta": "t"}}
    document = {"version": "0.1", "qubits": 2, "operations": [operation]}
    other = execute(driver, CircuitFormat.AQO_PROTO, document_to_proto(document), 1000, seed="1", t="1")
    result = run(document, seed="1", t="1")
    assert (result.counts, result.metadata) == (other.counts, other.metadata)


def test_an_aqo_result_carries_the_hash_of_its_document(run: Run) -> None:
    document = {"version": "0.1", "qubits": 1, "operations": []}
    result = run(document)
    assert result.metadata["aqo_hash"] == parse_aqo_json(json.dumps(document).encode(), {}).aqo_hash
    assert "seed" not in result.metadata


def test_the_engine_time_is_told(run: Run) -> None:
    assert 0 < run(HEAD + "qubit q; h q;").execution_time_sec < math.inf


@pytest.mark.parametrize("engine", [Engine.AER, Engine.QSIM])
def test_a_circuit_that_does_not_fit_now_may_be_tried_again(
    make_driver: MakeDriver, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 2**26)
    payload = CircuitPayload(CircuitFormat.QASM3_TEXT, (HEAD + "qubit[24] q; rx(1) q;").encode())
    with pytest.raises(ExhaustedError) as caught:
        make_driver().execute_circuit("sim:local", payload, 1, SimulatorOptions(engine=engine))
    assert caught.value.retry_after


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("ERROR: Insufficient memory to run circuit", ExhaustedError),
        ("ERROR: std::bad_alloc", ExhaustedError),
        ("ERROR: invalid instruction", RuntimeError),
    ],
)
def test_a_failure_of_the_engine_is_told_apart(
    run: Run, monkeypatch: pytest.MonkeyPatch, status: str, error: type[Exception]
) -> None:
    failure = {"success": False, "status": "COMPLETED", "results": [{"status": status}]}
    monkeypatch.setattr(aer, "cpp_execute_circuits", lambda *_: failure)
    with pytest.raises(error):
        run(HEAD + "qubit q; h q;", engine="aer")


def test_the_device_is_online_and_no_other_is_known(driver: SimulatorDriver) -> None:
    assert driver.get_device_status("sim:local").state is DeviceState.ONLINE
    with pytest.raises(DeviceNotFoundError):
        driver.get_device_status("sim:other")


def test_calibrating_twice_gives_one_reference(driver: SimulatorDriver) -> None:
    first, again = driver.calibrate_device("sim:local"), driver.calibrate_device("sim:local")
    assert first == again
    assert first.uri.startswith("qdm-artifact:sha256:")


def test_a_calibration_names_all_that_results_depend_on(tmp_path: Path) -> None:
    digest = in_process.make_driver(SimulatorDriver, tmp_path).calibrate_device("sim:local").uri.rpartition(":")[2]
    (stored,) = tmp_path.rglob(f"*{digest}*")
    engines = json.loads(stored.read_bytes())["engines"]
    assert [engine.split()[0] for engine in engines] == ["qiskit-aer", "qsim", "stim"]


def test_a_repeated_program_with_other_symbols_is_another_program(run: Run) -> None:
    operation = {"op": "RX", "q": [0], "params": {"theta": "t"}}
    document = {"version": "0.1", "qubits": 1, "operations": [operation]}
    assert run(document, t="0").counts == {"0": 1000}
    assert run(document, t=str(math.pi)).counts == {"1": 1000}
