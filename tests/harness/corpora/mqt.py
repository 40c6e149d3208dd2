"""MQT Bench: its algorithms at two levels, as written and in gates that no device was chosen for."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random
from typing import Any

from mqt.bench import BenchmarkLevel, get_benchmark
from qiskit import QuantumCircuit

from corpora.answers import certain, evenly, grover
from corpora.entry import Entry

SMALL = (3, 5, 8)
SIZES: Mapping[str, tuple[int, ...]] = {
    "ae": SMALL,
    "bmw_quark_cardinality": SMALL,
    "bmw_quark_copula": (4, 6, 8),
    "bv": (3, 5, 8, 60),
    "cdkm_ripple_carry_adder": (4, 8),
    "dj": SMALL,
    "draper_qft_adder": (4, 8),
    "dynamic_qft": SMALL,
    "full_adder": (4, 8),
    "ghz": (3, 5, 8, 100),
    "ghz_dynamic": (2, 3, 6, 9, 15, 16),
    "graphstate": SMALL,
    "grover": (3, 4, 5, 6),
    "half_adder": (3, 7),
    "hhl": SMALL,
    "hrs_cumulative_multiplier": (5, 9),
    "iqpe": SMALL,
    "modular_adder": (4, 8),
    "multiplier": (4, 8),
    "qaoa": SMALL,
    "qft": SMALL,
    "qftentangled": SMALL,
    "qnn": SMALL,
    "qpeexact": SMALL,
    "qpeinexact": SMALL,
    "qwalk": (3, 4, 6),
    "randomcircuit": (*SMALL, 10),
    "rg_qft_multiplier": (4, 8),
    "seven_qubit_steane_code": (26,),
    "shors_nine_qubit_code": (17, 34),
    "vbe_ripple_carry_adder": (4, 7),
    "vqe_real_amp": SMALL,
    "vqe_su2": SMALL,
    "vqe_two_local": SMALL,
    "wstate": SMALL,
}
"""How many qubits each algorithm gets: few where its gates are dense, more where they are Clifford gates."""

LEFT_OUT: Mapping[str, str] = {"shor": "its smallest circuit has 31,000 gates on 18 qubits: half a minute a program"}


def _phase(size: int) -> int:
    """Returns the phase that the benchmarks draw, in units of 2^(1 - size) turns."""
    draws = Random(10)  # noqa: S311 - the generator and the seed of MQT Bench
    return next(filter(None, iter(lambda: draws.getrandbits(size - 1), None)))


def _dynamic_ghz(size: int) -> Mapping[str, float]:
    """Measures every second qubit in the middle, of which the last one of an even number is still |0>."""
    syndromes = [f"{value:0{size // 2}b}" for value in range(1 << (size - 1) // 2)]
    return evenly(syndrome + bit * size for syndrome in syndromes for bit in "01")


ANSWERS: Mapping[str, Callable[[int], Mapping[str, float]]] = {
    "bv": lambda size: certain("".join(str(place % 2) for place in reversed(range(size - 1)))),
    "cdkm_ripple_carry_adder": lambda size: certain("0" * size),
    "dj": lambda size: certain("1" * (size - 1)),
    "draper_qft_adder": lambda size: certain("0" * size),
    "dynamic_qft": lambda size: evenly(f"{value:0{size}b}" for value in range(1 << size)),
    "full_adder": lambda size: certain("0" * size),
    "ghz": lambda size: evenly(("0" * size, "1" * size)),
    "ghz_dynamic": _dynamic_ghz,
    "graphstate": lambda size: evenly(f"{value:0{size}b}" for value in range(1 << size)),
    "grover": lambda size: {f"1{bits}": chance for bits, chance in grover("1" * (size - 1)).items()},
    "half_adder": lambda size: certain("0" * size),
    "iqpe": lambda size: certain(f"{_phase(size):0{size - 1}b}"[::-1]),
    "modular_adder": lambda size: certain("0" * size),
    "qft": lambda size: evenly(f"{value:0{size}b}" for value in range(1 << size)),
    "qpeexact": lambda size: certain(f"{_phase(size):0{size - 1}b}"),
    "seven_qubit_steane_code": lambda size: certain("0" * (size // 13 * 7)),
    "shors_nine_qubit_code": lambda size: certain("0" * (size // 17 * 9)),
    "wstate": lambda size: evenly(f"{1 << place:0{size}b}" for place in range(size)),
}
DYNAMIC = frozenset({"dynamic_qft", "ghz_dynamic", "iqpe", "seven_qubit_steane_code", "shors_nine_qubit_code"})


def mqt_entries() -> Iterator[Entry]:
    """Yields every algorithm at every size and both levels, and what some of them can be told to do otherwise."""
    for name, sizes in SIZES.items():
        for size in sizes:
            answer = ANSWERS[name](size) if name in ANSWERS else None
            for level in (BenchmarkLevel.ALG, BenchmarkLevel.INDEP):
                make = partial(_make, name, level, size)
                yield Entry(f"{name}-{size}-{level.name.lower()}", make, answer, dynamic=name in DYNAMIC)
    for size in SMALL:
        again = partial(_make, "bv", BenchmarkLevel.ALG, size, dynamic=True)
        yield Entry(f"bv-{size}-dynamic", again, ANSWERS["bv"](size))
        constant = partial(_make, "dj", BenchmarkLevel.ALG, size, balanced=False)
        yield Entry(f"dj-{size}-constant", constant, certain("0" * (size - 1)))
        loop = partial(_make, "grover", BenchmarkLevel.ALG, size, for_loop=True)
        yield Entry(f"grover-{size}-loop", loop, ANSWERS["grover"](size), dynamic=True)


def _make(name: str, level: BenchmarkLevel, size: int, **options: Any) -> QuantumCircuit:
    if name == "graphstate":
        options["seed"] = size
    circuit = get_benchmark(name, level, size, **options)
    return circuit.decompose("c-unitary") if name == "ae" else circuit  # Qiskit writes no controlled matrices
