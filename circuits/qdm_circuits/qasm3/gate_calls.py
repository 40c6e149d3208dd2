"""Gate calls: operands and broadcasting, modifiers, and the bodies of gates that the program defines."""

import math
from collections.abc import Iterator, Sequence

from openqasm3 import ast

from qdm_circuits.gate_algebra import controlled, controlled_by_zero, fractional_power, inverse
from qdm_circuits.gates import GLOBAL_PHASE, Gate
from qdm_circuits.limits import check_size
from qdm_circuits.qasm3.expressions import Expressions
from qdm_circuits.qasm3.names import GateDefinition, Qubits, Scope, look_up
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.standard_gates import StandardGate

GateCall = ast.QuantumGate | ast.QuantumPhase


class GateCalls:
    """Expands gate calls, and counts what it makes, so that gates of gates of gates end at the bound."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._made = 0

    def expand(self, call: GateCall, scope: Scope) -> list[Gate]:
        """Returns the gates of a call, global phases included. Raises InvalidRequestError or UnsupportedError."""
        self.count(1)
        operands = [self._expressions.qubits(operand, scope) for operand in call.qubits]
        return [gate for qubits in _broadcast(operands, call) for gate in self._expand_on(call, qubits, scope)]

    def count(self, operations: int) -> None:
        """Adds to what was made so far. Raises PreconditionError over the bound."""
        self._made += operations
        check_size(operations=self._made)

    def _expand_on(self, call: GateCall, qubits: tuple[int, ...], scope: Scope) -> list[Gate]:
        if len(set(qubits)) < len(qubits):
            raise invalid(call, "a gate needs distinct qubits")
        controls, targets = self._split(call, qubits, scope)
        gates = self._base(call, targets, scope)
        # Inverses and powers of a controlled gate are the controlled inverses and powers.
        for modifier in reversed(call.modifiers):
            if modifier.modifier is ast.GateModifierName.inv:
                gates = inverse(gates)
            elif modifier.modifier is ast.GateModifierName.pow:
                gates = self._power(gates, modifier, scope)
        for modifier, its_controls in reversed(list(zip(call.modifiers, controls, strict=True))):
            under_control = controlled if modifier.modifier is ast.GateModifierName.ctrl else controlled_by_zero
            for control in reversed(its_controls):
                gates = under_control(gates, control)
        self.count(len(gates))
        return gates

    def _split(
        self, call: GateCall, qubits: tuple[int, ...], scope: Scope
    ) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
        """Gives each modifier the qubits it controls by, from the left; the rest are the gate's own."""
        controls: list[tuple[int, ...]] = []
        for modifier in call.modifiers:
            number = 0
            if modifier.modifier in (ast.GateModifierName.ctrl, ast.GateModifierName.negctrl):
                number = self._expressions.integer(modifier.argument, scope) if modifier.argument else 1
                if number < 1:
                    raise invalid(modifier, "the number of controls must be at least 1")
            if number > len(qubits):
                raise invalid(call, "the call has fewer qubits than controls")
            controls.append(qubits[:number])
            qubits = qubits[number:]
        return controls, qubits

    def _base(self, call: GateCall, qubits: tuple[int, ...], scope: Scope) -> list[Gate]:
        if isinstance(call, ast.QuantumPhase):
            if qubits:
                raise invalid(call, "gphase takes no qubits but those of its controls")
            return [Gate(GLOBAL_PHASE, (), (self._expressions.angle(call.argument, scope),))]
        gate = look_up(scope, call.name)
        params = tuple(self._expressions.angle(argument, scope) for argument in call.arguments)
        match gate:
            case StandardGate():
                _check_signature(call, len(params), gate.num_params, len(qubits), gate.num_qubits)
                return gate.expand(qubits, params)
            case GateDefinition(node):
                _check_signature(call, len(params), len(node.arguments), len(qubits), len(node.qubits))
                return self._body(gate, qubits, params)
        raise invalid(call.name, f"{call.name.name!r} is no gate")

    def _body(self, gate: GateDefinition, qubits: tuple[int, ...], params: tuple[float, ...]) -> list[Gate]:
        scope = gate.scope.new_child()
        for argument, value in zip(gate.node.arguments, params, strict=True):
            scope[argument.name] = value
        for name, qubit in zip(gate.node.qubits, qubits, strict=True):
            scope[name.name] = Qubits((qubit,), single=True)
        gates: list[Gate] = []
        for statement in gate.node.body:
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

    def _power(self, gates: list[Gate], modifier: ast.QuantumGateModifier, scope: Scope) -> list[Gate]:
        if modifier.argument is None:
            raise invalid(modifier, "pow needs an exponent")
        exponent = self._expressions.angle(modifier.argument, scope)
        if exponent == math.floor(exponent):
            times = abs(int(exponent))
            self.count(len(gates) * times)
            return (gates if exponent >= 0 else inverse(gates)) * times
        powered = fractional_power(gates, exponent)
        if powered is None:
            raise unsupported(modifier, "fractional powers of this gate")
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
