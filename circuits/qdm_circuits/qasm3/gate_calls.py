"""Gate calls: operands and broadcasting, modifiers, and the bodies of gates that the program defines."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from openqasm3 import ast

from qdm_circuits.gate_algebra import controlled, fractional_power, inverse
from qdm_circuits.gates import GLOBAL_PHASE, Gate
from qdm_circuits.limits import Work
from qdm_circuits.qasm3.expressions import Expressions
from qdm_circuits.qasm3.names import GateDefinition, Qubits, Scope, look_up
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.standard_gates import StandardGate

GateCall = ast.QuantumGate | ast.QuantumPhase

_CALL = 2
_GATE = 1
_QUBITS = 100
_BODY = 3
_STATEMENT = 6


@dataclass(frozen=True, slots=True)
class _Modifier:
    """A modifier whose arguments are known: the power to raise to, or how many controls to add and on which value."""

    node: ast.QuantumGateModifier
    exponent: float = 1
    controls: int = 0


class GateCalls:
    """Expands gate calls."""

    def __init__(self, expressions: Expressions, work: Work) -> None:
        self._expressions = expressions
        self._work = work

    def expand(self, call: GateCall, scope: Scope) -> list[Gate]:
        """Returns the gates of a call, global phases included. Raises InvalidRequestError or UnsupportedError."""
        operands = [self._expressions.qubits(operand, scope) for operand in call.qubits]
        modifiers = [self._modifier(modifier, scope) for modifier in call.modifiers]
        num_controls = sum(modifier.controls for modifier in modifiers)
        if num_controls > len(operands):
            raise invalid(call, "the call has fewer qubits than controls")
        base = self._base(call, len(operands) - num_controls, scope)
        gates: list[Gate] = []
        for qubits in _broadcast(operands, call):
            self._work.spend(_CALL)
            if len(qubits) > 1 and len(set(qubits)) < len(qubits):
                raise invalid(call, "a gate needs distinct qubits")
            if modifiers:
                gates += self._modified(base(qubits[num_controls:]), modifiers, qubits[:num_controls])
            else:
                gates += base(qubits)
        return gates

    def _modifier(self, node: ast.QuantumGateModifier, scope: Scope) -> _Modifier:
        if node.modifier is ast.GateModifierName.inv:
            return _Modifier(node)
        if node.modifier is ast.GateModifierName.pow:
            if node.argument is None:
                raise invalid(node, "pow needs an exponent")
            return _Modifier(node, exponent=self._expressions.angle(node.argument, scope))
        number = self._expressions.integer(node.argument, scope) if node.argument else 1
        if number < 1:
            raise invalid(node, "the number of controls must be at least 1")
        return _Modifier(node, controls=number)

    def _modified(self, gates: list[Gate], modifiers: Sequence[_Modifier], controls: tuple[int, ...]) -> list[Gate]:
        # Inverses and powers of a controlled gate are the controlled inverses and powers.
        for modifier in reversed(modifiers):
            self._work.spend(_GATE * len(gates))
            if modifier.node.modifier is ast.GateModifierName.inv:
                gates = inverse(gates)
            elif modifier.node.modifier is ast.GateModifierName.pow:
                gates = self._power(gates, modifier)
        flips: list[Gate] = []
        innermost_first = reversed(controls)
        for modifier in reversed(modifiers):
            added = list(islice(innermost_first, modifier.controls))
            if modifier.node.modifier is ast.GateModifierName.negctrl:
                flips += [Gate("x", (control,)) for control in added]
            for control in added:
                width = len(gates[0].qubits) if gates else 0
                self._work.spend(_GATE * len(gates) * (1 + width // _QUBITS))
                gates = controlled(gates, control)
        return [*flips, *gates, *flips]

    def _base(self, call: GateCall, num_qubits: int, scope: Scope) -> Callable[[tuple[int, ...]], list[Gate]]:
        """Returns what makes the gates of a call without its modifiers."""
        if isinstance(call, ast.QuantumPhase):
            if num_qubits:
                raise invalid(call, "gphase takes no qubits but those of its controls")
            phase = Gate(GLOBAL_PHASE, (), (self._expressions.angle(call.argument, scope),))
            return lambda _: [phase]
        gate = look_up(scope, call.name)
        params = tuple(self._expressions.angle(argument, scope) for argument in call.arguments)
        match gate:
            case StandardGate():
                _check_signature(call, len(params), gate.num_params, num_qubits, gate.num_qubits)
                return lambda qubits: gate.expand(qubits, params)
            case GateDefinition(node):
                _check_signature(call, len(params), len(node.arguments), num_qubits, len(node.qubits))
                return lambda qubits: self._body(gate, qubits, params)
        raise invalid(call.name, f"{call.name.name!r} is no gate")

    def _body(self, gate: GateDefinition, qubits: tuple[int, ...], params: tuple[float, ...]) -> list[Gate]:
        scope = Scope(gate.scope)
        for argument, value in zip(gate.node.arguments, params, strict=True):
            scope[argument.name] = value
        for name, qubit in zip(gate.node.qubits, qubits, strict=True):
            scope[name.name] = Qubits((qubit,), single=True)
        gates: list[Gate] = []
        self._work.spend(_BODY)
        for statement in gate.node.body:
            self._work.spend(_STATEMENT)
            match statement:
                case ast.QuantumGate() | ast.QuantumPhase():
                    gates += self.expand(statement, scope)
                case ast.QuantumBarrier() | ast.DelayInstruction():
                    pass
                case ast.ForInLoop() | ast.Box():
                    raise unsupported(statement, "loops and boxes in gates")
                case _:
                    raise invalid(statement, "a gate is made of gates only")
        return gates

    def _power(self, gates: list[Gate], modifier: _Modifier) -> list[Gate]:
        exponent = modifier.exponent
        if exponent == math.floor(exponent):
            times = abs(int(exponent)) if gates else 0
            self._work.spend(_GATE * len(gates) * times)
            return (gates if exponent >= 0 else inverse(gates)) * times
        powered = fractional_power(gates, exponent)
        if powered is None:
            raise unsupported(modifier.node, "fractional powers of this gate")
        return powered


def _broadcast(operands: Sequence[Qubits], call: GateCall) -> Iterator[tuple[int, ...]]:
    widths = {len(operand.indices) for operand in operands if not operand.single}
    if len(widths) > 1:
        raise invalid(call, "registers of one gate must be of one size")
    times = widths.pop() if widths else 1
    columns = (operand.indices * times if operand.single else operand.indices for operand in operands)
    return zip(*columns, strict=True) if operands else iter([()])


def _check_signature(call: ast.QuantumGate, params: int, needed_params: int, qubits: int, needed_qubits: int) -> None:
    if params != needed_params:
        raise invalid(call, f"{call.name.name!r} takes {needed_params} parameters, not {params}")
    if qubits != needed_qubits:
        raise invalid(call, f"{call.name.name!r} acts on {needed_qubits} qubits, not {qubits}")
