"""States on qsim, Google's simulator of state vectors, by its extension module alone: the package around it loads Cirq.

Amplitudes are of single precision: off by 1e-7 of the whole, whatever the outcome's own probability. What one gate is
rounded by adds up where it is repeated, to 1e-4 of a probability after MAX_REPETITION times: less than the standard
deviation of ten million shots. Bit *i* of a basis state's number is qubit *i*.
"""

import math
from collections import Counter
from collections.abc import Sequence
from importlib.machinery import PathFinder
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdm_circuits.gates import Gate, meaning
from qdm_circuits.unitary import unitary
from qdm_sidecar.engines.memory import check_memory

State = NDArray[np.complex64]

MAX_REPETITION = 1_000
"""Beyond this ``repetition`` counts may show the error."""

_BYTES_PER_AMPLITUDE = 8
_BYTES = 1024
_BYTES_PER_GATE = 300
_BYTES_PER_WIDE_GATE = 700
_WIDE = 3

_PACKAGE = find_spec("qsimcirq")
AVAILABLE = _PACKAGE is not None
"""Whether qsim is here: there are no wheels for other processors than x86-64."""

ENGINE = f"qsim {version('qsimcirq')}" if AVAILABLE else "qsim"

# By what qsim_decide.detect_instructions() answers.
_FOR_INSTRUCTIONS = ("qsim_avx512", "qsim_avx2", "qsim_sse", "qsim_basic")


def _load(name: str) -> Any:
    spec = PathFinder.find_spec(name, _PACKAGE.submodule_search_locations) if _PACKAGE else None
    if spec is None or spec.loader is None:
        raise ImportError(f"{ENGINE} has no {name}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_qsim: Any = _load(_FOR_INSTRUCTIONS[_load("qsim_decide").detect_instructions()]) if AVAILABLE else None


def _kind(name: str) -> Any:
    return getattr(_qsim, name) if AVAILABLE else None


def _power(name: str, exponent: float) -> tuple[Any, dict[str, float]]:
    return _kind(name), {"exponent": exponent, "global_shift": 0.0}


_FIXED: dict[str, tuple[Any, dict[str, float]]] = {
    "x": (_kind("kX"), {}),
    "y": (_kind("kY"), {}),
    "z": (_kind("kZ"), {}),
    "h": (_kind("kH"), {}),
    "s": (_kind("kS"), {}),
    "t": (_kind("kT"), {}),
    "sdg": _power("kZPowGate", -0.5),
    "tdg": _power("kZPowGate", -0.25),
    "sx": _power("kXPowGate", 0.5),
    "sxdg": _power("kXPowGate", -0.5),
    "cx": (_kind("kCX"), {}),
    "cz": (_kind("kCZ"), {}),
    "ccx": (_kind("kCCX"), {}),
    "ccz": (_kind("kCCZ"), {}),
    "swap": (_kind("kSWAP"), {}),
    "cswap": (_kind("kCSwapGate"), {}),
}
# That of p differs from rz in a global phase.
_TURNING = {"rx": _kind("krx"), "ry": _kind("kry"), "rz": _kind("krz"), "p": _kind("krz")}
# Those whose matrices are made of 0, 1, -1, i and -i.
_NEVER_ROUNDED = frozenset({"id", "x", "y", "z", "s", "cx", "cy", "cz", "ccx", "ccz", "swap", "cswap"})

# From here on a pass over the state takes longer than waking threads (10 against 8 ms for 200 gates), and fewer passes,
# with gates merged on three qubits instead of two, are worth more arithmetic.
_LARGE_FROM = 18

# What a run is told: no graphics processor, no start state by name, no log, and that tiny numbers are not rounded to 0.
_OPTIONS = {"i": "", "r": 1, "s": 1, "v": 0, "z": False, "g": False, "gmode": 0, "gsst": 0, "gdb": 16}


def repetition(gates: Sequence[Gate]) -> float:
    """Returns how often the same gate would have to be repeated to be rounded by as much as these together.

    Equal roundings add up, others go all ways: so it is the root of the sum of squares of how often each gate is
    there. Where gates are few it is their number, which it cannot exceed.
    """
    if len(gates) <= MAX_REPETITION:
        return len(gates)
    times = Counter(gate for gate in gates if gate.name not in _NEVER_ROUNDED)
    return math.sqrt(sum(number**2 for number in times.values()))


def max_turns(looped: Sequence[Gate]) -> float:
    """Returns how often gates may be repeated all together, so that their ``repetition`` stays in its bounds."""
    rounded = sum(gate.name not in _NEVER_ROUNDED for gate in looped)
    return MAX_REPETITION / rounded if rounded else math.inf


class GateSequence:
    """Gates in qsim's own form, to be applied to states of so many qubits by at most so many threads.

    It takes about ``num_bytes`` of memory.
    """

    def __init__(self, num_qubits: int, gates: Sequence[Gate], threads: int) -> None:
        self._circuit = _qsim.Circuit()
        self._circuit.num_qubits = num_qubits
        self._state_bytes = _BYTES_PER_AMPLITUDE << num_qubits
        wide = sum(len(gate.qubits) >= _WIDE for gate in gates)
        self.num_bytes = _BYTES + _BYTES_PER_GATE * (len(gates) - wide) + _BYTES_PER_WIDE_GATE * wide
        large = num_qubits >= _LARGE_FROM
        self._options = {**_OPTIONS, "c": self._circuit, "t": threads if large else 1, "f": 3 if large else 2}
        for time, gate in enumerate(gates):
            self._add(time, gate)

    def applied(self, state: State | None = None) -> State:
        """Returns the state after the gates, given the one before, by default all zeros; that one is left as it is.

        Raises ExhaustedError where memory is short at this moment.
        """
        check_memory(self._state_bytes)
        before = 0 if state is None else state.view(np.float32)
        after: NDArray[np.float32] = _qsim.qsim_simulate_fullstate(self._options, before)
        return after.view(np.complex64)

    def _add(self, time: int, gate: Gate) -> None:
        # Angles are reduced here, as qsim reads them in single precision.
        name, qubits, params = gate
        if fixed := _FIXED.get(name):
            kind, parameters = fixed
            _qsim.add_gate(kind, time, qubits, parameters, self._circuit)
        elif name in _TURNING:
            turn = math.remainder(params[0], 2 * math.pi)  # a whole turn is a global phase
            _qsim.add_gate(_TURNING[name], time, qubits, {"phi": turn}, self._circuit)
        elif name != "id":
            *controls, target = qubits
            matrix = [part for row in unitary(meaning(gate)) for entry in row for part in (entry.real, entry.imag)]
            _qsim.add_matrix_gate(time, [target], matrix, self._circuit)
            if controls:
                _qsim.control_last_gate(controls, [1] * len(controls), self._circuit)
