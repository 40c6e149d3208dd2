"""OpenQASM 2.0 text in, circuit out."""

from itertools import repeat

from qdm_circuits.circuit import Branch, Measure, Operation, Register, Reset, make_circuit
from qdm_circuits.collection import collection_paused
from qdm_circuits.conditions import equal
from qdm_circuits.limits import MAX_OPERATIONS, Work, check_size
from qdm_circuits.qasm2.expressions import RESERVED as RESERVED_IN_EXPRESSIONS
from qdm_circuits.qasm2.expressions import Formula, evaluate, read_formula
from qdm_circuits.qasm2.gate_definitions import Call, DefinedGate, OpaqueGate, define, expand, steps_of
from qdm_circuits.qasm2.registers import Operand, Registers
from qdm_circuits.qasm2.standard_gates import ADDED_TO_QELIB1, LANGUAGE_GATES, QELIB1, StandardGate
from qdm_circuits.qasm2.tokens import Tokens
from qdm_circuits.quoting import shown
from qdm_circuits.text_program import TextProgram, decoded
from qdm_driver.errors import InvalidRequestError, Violation

MAX_STEPS = 10 * MAX_OPERATIONS
"""The most work that all calls together may be, as ``steps_of`` counts it."""

_KEYWORDS = frozenset({"barrier", "creg", "gate", "if", "include", "measure", "opaque", "qreg", "reset"})
_RESERVED = _KEYWORDS | RESERVED_IN_EXPRESSIONS
_OF_VERSION_3 = frozenset(
    """angle array bit bool box cal complex const ctrl def defcal defcalgrammar delay duration end extern float for
    gphase input int inv let negctrl output pow pragma qubit return stretch switch uint while""".split()  # noqa: SIM905 - a list of words reads best as words
)

_Gate = StandardGate | DefinedGate | OpaqueGate
_Locals = dict[str, int]


@collection_paused()
def parse_qasm2(data: bytes) -> TextProgram:
    """Reads an OpenQASM 2.0 program (UTF-8).

    Raises InvalidRequestError for what is no OpenQASM 2.0, UnsupportedError for calls of opaque gates, both with line
    and column; PreconditionError (``CIRCUIT_TOO_LARGE``) where no engine could ever take it.
    """
    return _Reader(decoded(data)).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = Tokens(text)
        self._gates: dict[str, _Gate] = dict(LANGUAGE_GATES)
        self._qubits = Registers("qubits")
        self._clbits = Registers("classical bits")
        self._operations: list[Operation] = []
        self._has_measured = False
        self._work = Work(MAX_STEPS)
        self._ignored: set[str] = set()

    def read(self) -> TextProgram:
        self._version()
        while self._tokens.kind != "end":
            self._statement()
        if not self._qubits.size:
            raise InvalidRequestError(Violation("program", "has no qubits; declare some: qreg q[1];"))
        registers = (Register(name, len(indices)) for name, indices in self._clbits.by_name.items())
        return TextProgram(make_circuit(self._qubits.size, registers, self._operations), tuple(sorted(self._ignored)))

    def _version(self) -> None:
        tokens = self._tokens
        if not tokens.take("OPENQASM"):
            raise tokens.unexpected("'OPENQASM 2.0;' before all else")
        if tokens.kind in ("real", "integer") and tokens.text.startswith("3"):
            raise tokens.invalid(tokens.start, "this is OpenQASM 3; send the program as QASM3_TEXT")
        tokens.expect("2.0")
        tokens.expect(";")

    def _statement(self) -> None:
        tokens = self._tokens
        if tokens.take("qreg"):
            self._declare_register(self._qubits)
        elif tokens.take("creg"):
            self._declare_register(self._clbits)
        elif tokens.take("include"):
            self._include()
        elif tokens.take("gate"):
            self._define_gate()
        elif tokens.take("opaque"):
            self._declare_opaque_gate()
        elif tokens.take("barrier"):
            self._operands()
            tokens.expect(";")
            self._ignored.add("barrier")
        elif tokens.take("if"):
            self._operations += self._conditional()
        else:
            self._operations += self._operation()

    def _include(self) -> None:
        tokens = self._tokens
        start = tokens.start
        if not tokens.take('"qelib1.inc"'):
            raise tokens.unexpected("'\"qelib1.inc\"', the only file there is")
        tokens.expect(";")
        for name in QELIB1:
            if self._is_declared(name):
                raise tokens.invalid(start, f"this file declares {name!r}, which is already declared")
        added = {name: gate for name, gate in ADDED_TO_QELIB1.items() if not self._is_declared(name)}
        self._gates |= {**QELIB1, **added}

    def _declare_register(self, registers: Registers) -> None:
        tokens = self._tokens
        name = self._new_name()
        tokens.expect("[")
        start = tokens.start
        width = tokens.integer("a size")
        if not width:
            raise tokens.invalid(start, "a register must not be empty")
        tokens.expect("]")
        tokens.expect(";")
        if registers is self._qubits:
            check_size(qubits=registers.size + width)
        else:
            check_size(clbits=registers.size + width)
        registers.declare(name, width)

    def _define_gate(self) -> None:
        tokens = self._tokens
        name = self._new_name()
        parameters, qubits = self._signature()
        tokens.expect("{")
        body: list[Call] = []
        while not tokens.take("}"):
            if tokens.take("barrier"):
                self._qubits_in_body(qubits)
                self._ignored.add("barrier")
            else:
                body += self._call_in_body(parameters, qubits)
            tokens.expect(";")
        self._gates[name] = define(len(parameters), len(qubits), tuple(body))

    def _declare_opaque_gate(self) -> None:
        name = self._new_name()
        parameters, qubits = self._signature()
        self._tokens.expect(";")
        self._gates[name] = OpaqueGate(len(parameters), len(qubits))

    def _signature(self) -> tuple[_Locals, _Locals]:
        tokens = self._tokens
        parameters: _Locals = {}
        if tokens.take("(") and not tokens.take(")"):
            parameters = self._locals("a parameter", {})
            tokens.expect(")")
        return parameters, self._locals("a qubit", parameters)

    def _locals(self, what: str, taken: _Locals) -> _Locals:
        tokens = self._tokens
        names: _Locals = {}
        while True:
            start = tokens.start
            name = tokens.name(what)
            if name in _RESERVED or name in names or name in taken:
                raise tokens.invalid(start, f"{shown(name)} is already taken")
            names[name] = len(names)
            if not tokens.take(","):
                return names

    def _call_in_body(self, parameters: _Locals, qubits: _Locals) -> list[Call]:
        start = self._tokens.start
        name = self._tokens.name("a gate or '}'")
        gate = self._gate(name, start)
        angles = self._angles(parameters)
        operands = self._qubits_in_body(qubits)
        self._check_signature(gate, len(angles), len(operands), name, start)
        if len(set(operands)) < len(operands):
            raise self._tokens.invalid(start, "a gate needs distinct qubits")
        if isinstance(gate, OpaqueGate):
            self._ignore_or_refuse(name, start)
            return []
        return [Call(gate, angles, operands)]

    def _qubits_in_body(self, qubits: _Locals) -> tuple[int, ...]:
        tokens = self._tokens
        indices: list[int] = []
        while True:
            start = tokens.start
            name = tokens.name("a qubit")
            if name not in qubits:
                raise tokens.invalid(start, f"{shown(name)} is no qubit of this gate")
            indices.append(qubits[name])
            if not tokens.take(","):
                return tuple(indices)

    def _conditional(self) -> list[Operation]:
        tokens = self._tokens
        tokens.expect("(")
        clbits = self._clbits.read_name(tokens)
        tokens.expect("==")
        value = tokens.integer("an integer")
        tokens.expect(")")
        operations = self._operation()
        if not self._has_measured:
            return operations if value == 0 else []
        self._work.make(1)
        return [Branch(equal(clbits, value), tuple(operations))]

    def _operation(self) -> list[Operation]:
        tokens = self._tokens
        if tokens.take("measure"):
            return self._measure()
        if tokens.take("reset"):
            indices, _ = self._qubits.read_operand(tokens)
            tokens.expect(";")
            self._work.make(len(indices))
            return [Reset(qubit) for qubit in indices]
        return self._call()

    def _measure(self) -> list[Operation]:
        tokens = self._tokens
        start = tokens.start
        qubits = self._qubits.read_operand(tokens)
        tokens.expect("->")
        clbits = self._clbits.read_operand(tokens)
        tokens.expect(";")
        if qubits.single != clbits.single or len(qubits.indices) != len(clbits.indices):
            raise tokens.invalid(start, "a measurement needs as many classical bits as qubits")
        self._work.make(len(qubits.indices))
        self._has_measured = True
        return [Measure(qubit, clbit) for qubit, clbit in zip(qubits.indices, clbits.indices, strict=True)]

    def _call(self) -> list[Operation]:
        tokens = self._tokens
        start = tokens.start
        name = tokens.name("a statement")
        gate = self._gate(name, start)
        angles = self._angles({})
        operands = self._operands()
        tokens.expect(";")
        self._check_signature(gate, len(angles), len(operands), name, start)
        if isinstance(gate, OpaqueGate):
            self._ignore_or_refuse(name, start)
            return []
        widths = {len(indices) for indices, single in operands if not single}
        if len(widths) > 1:
            raise tokens.invalid(start, "registers of one gate must be of one size")
        times = widths.pop() if widths else 1
        self._work.make(times * gate.operations)
        self._work.spend(times * steps_of(gate))
        params = tuple(evaluate(angle, (), tokens) for angle in angles)
        columns = (repeat(indices[0], times) if single else indices for indices, single in operands)
        operations: list[Operation] = []
        for qubits in zip(*columns, strict=True):
            if len(set(qubits)) < len(qubits):
                raise tokens.invalid(start, "a gate needs distinct qubits")
            operations += expand(gate, params, qubits, tokens)
        return operations

    def _angles(self, parameters: _Locals) -> tuple[Formula, ...]:
        tokens = self._tokens
        if not tokens.take("(") or tokens.take(")"):
            return ()
        angles = [read_formula(tokens, parameters)]
        while tokens.take(","):
            angles.append(read_formula(tokens, parameters))
        tokens.expect(")")
        return tuple(angles)

    def _operands(self) -> list[Operand]:
        operands = [self._qubits.read_operand(self._tokens)]
        while self._tokens.take(","):
            operands.append(self._qubits.read_operand(self._tokens))
        return operands

    def _gate(self, name: str, start: int) -> _Gate:
        if name in self._gates:
            return self._gates[name]
        if name in QELIB1 or name in ADDED_TO_QELIB1:
            sentence = f'{name!r} is a gate of qelib1.inc; add: include "qelib1.inc";'
        elif name in _OF_VERSION_3:
            sentence = f"{name!r} is OpenQASM 3; send the program as QASM3_TEXT"
        elif name in _KEYWORDS:
            sentence = f"{name!r} must not stand here"
        else:
            sentence = f"{shown(name)} is no gate"
        raise self._tokens.invalid(start, sentence)

    def _check_signature(self, gate: _Gate, params: int, qubits: int, name: str, start: int) -> None:
        for given, needed, what in ((params, gate.num_params, "parameter"), (qubits, gate.num_qubits, "qubit")):
            if given != needed:
                plural = "" if needed == 1 else "s"
                raise self._tokens.invalid(start, f"{shown(name)} takes {needed} {what}{plural}, not {given}")

    def _ignore_or_refuse(self, name: str, start: int) -> None:
        if name != "delay":
            raise self._tokens.unsupported(start, f"calls of the opaque gate {shown(name)}")
        self._ignored.add("delay")

    def _new_name(self) -> str:
        tokens = self._tokens
        start = tokens.start
        name = tokens.name("a name")
        if name in _RESERVED:
            raise tokens.invalid(start, f"{name!r} is a word of the language; take another name")
        if not name[0].islower():
            raise tokens.invalid(start, f"{shown(name)} does not begin with a small letter; take another name")
        if self._is_declared(name):
            raise tokens.invalid(start, f"{shown(name)} is already declared; take another name")
        self._gates.pop(name, None)
        return name

    def _is_declared(self, name: str) -> bool:
        if name in self._gates:
            return self._gates[name] is not ADDED_TO_QELIB1.get(name)
        return name in self._qubits.by_name or name in self._clbits.by_name
