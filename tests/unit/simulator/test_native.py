"""OpenQASM 2.0 as the simulator's native format."""

import json
from collections.abc import Callable

import pytest
from in_process import execute

from qdm_driver import CircuitFormat, ExecutionResult, InvalidRequestError
from qdm_sidecar.plugins.simulator_driver import SimulatorDriver

Run = Callable[..., ExecutionResult]

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'


@pytest.fixture
def run_native(driver: SimulatorDriver) -> Run:
    """Runs a program; keywords are the request's options."""

    def run(program: str, **options: str) -> ExecutionResult:
        return execute(driver, CircuitFormat.BACKEND_NATIVE, program.encode(), 100, **options)

    return run


def test_the_native_format_is_told(driver: SimulatorDriver) -> None:
    (device,) = driver.get_devices()
    assert CircuitFormat.BACKEND_NATIVE in device.capabilities.formats
    assert device.capabilities.native_format == "openqasm-2.0"


@pytest.mark.parametrize(
    ("statements", "bits"),
    [
        ("qreg q[3]; x q[1];", "010"),
        ("qreg q[2]; creg c[2]; x q[0]; measure q -> c;", "01"),
        ("qreg q[1]; creg a[1]; creg b[2]; x q[0]; measure q[0] -> b[0];", "010"),
        ("qreg q[2]; creg c[2]; x q[0]; measure q[0] -> c[0]; if (c == 1) x q[1]; measure q[1] -> c[1];", "11"),
        ("qreg q[2]; creg c[2]; x q[0]; measure q[0] -> c[0]; if (c == 2) x q[1]; measure q[1] -> c[1];", "01"),
        ("qreg q[1]; creg c[2]; x q[0]; measure q[0] -> c[0]; reset q; measure q[0] -> c[1];", "01"),
        ("qreg q[1]; creg c[2]; x q; measure q[0] -> c[1]; if (c == 2) measure q[0] -> c[0];", "11"),
        ("qreg q[4]; x q[0]; x q[1]; x q[2]; rc3x q[0],q[1],q[2],q[3];", "1111"),
        ("qreg q[4]; x q[0]; x q[1]; x q[2]; c3sqrtx q[0],q[1],q[2],q[3]; c3sqrtx q[0],q[1],q[2],q[3];", "1111"),
        ("qreg q[5]; x q; x q[4]; c4x q[0],q[1],q[2],q[3],q[4];", "11111"),
        ("qreg q[2]; x q[0]; csx q[0],q[1]; csx q[0],q[1];", "11"),
        ("qreg q[2]; rxx(pi) q[0],q[1];", "11"),
        ("qreg q[2]; h q; rzz(pi) q[0],q[1]; h q;", "11"),
        ("qreg q[1]; h q; u0(1) q[0]; h q;", "0"),
    ],
)
def test_a_program_gives_its_one_outcome(run_native: Run, statements: str, bits: str) -> None:
    assert run_native(HEAD + statements).counts == {bits: 100}


def test_what_the_simulator_ignores_is_told(run_native: Run) -> None:
    assert json.loads(run_native(HEAD + "qreg q[1]; barrier q;").metadata["ignored"]) == ["barrier"]
    assert "ignored" not in run_native(HEAD + "qreg q[1]; x q;").metadata


def test_an_option_is_no_value_of_a_symbol(run_native: Run) -> None:
    with pytest.raises(InvalidRequestError, match=r"options\.theta: unknown option"):
        run_native(HEAD + "qreg q[1]; x q;", theta="1")
