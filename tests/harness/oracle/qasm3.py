"""Programs as OpenQASM 3 text."""

from collections.abc import Iterable, Sequence

from oracle.program import (
    BOOL,
    Angle,
    Apply,
    Assign,
    Barrier,
    Binary,
    Break,
    Call,
    Cast,
    Continue,
    Control,
    Declare,
    Delay,
    End,
    Expression,
    For,
    GateDefinition,
    If,
    Inverse,
    Invoke,
    Kind,
    Let,
    Literal,
    Measure,
    Measured,
    Modifier,
    Power,
    Program,
    Ref,
    Reset,
    Return,
    Slice,
    Statement,
    Subroutine,
    Switch,
    Type,
    Unary,
    Value,
    While,
    Wires,
)

# What measures in another basis, given a measurement in Z: gates before it, gates after it.
BASIS_CHANGES = {"X": (("h",), ("h",)), "Y": (("sdg", "h"), ("h", "s")), "Z": ((), ())}


def to_qasm3(program: Program) -> str:
    """Returns the program's text."""
    lines = ["OPENQASM 3.1;", 'include "stdgates.inc";']
    lines += [f"const float {name} = {value!r};" for name, value in program.symbols]
    lines += [f"input float {name};" for name, _ in program.inputs]
    lines += [f"{_array('qubit', width)} {name};" for name, width in program.qubits]
    lines += [f"{_array('bit', width)} {name};" for name, width in program.bits]
    lines += [_gate(gate) for gate in program.gates]
    lines += [_subroutine(subroutine) for subroutine in program.subroutines]
    lines += [_statement(statement) for statement in program.statements]
    return "\n".join(lines) + "\n"


def _array(name: str, width: int | None) -> str:
    return name if width is None else f"{name}[{width}]"


def _gate(gate: GateDefinition) -> str:
    parameters = f"({', '.join(gate.parameters)})" if gate.parameters else ""
    body = " ".join(_statement(call) for call in gate.body)
    return f"gate {gate.name}{parameters} {', '.join(gate.qubits)} {{ {body} }}"


def _subroutine(subroutine: Subroutine) -> str:
    parameters = [
        f"{_array('qubit', wanted.width) if isinstance(wanted, Wires) else _type(wanted)} {name}"
        for name, wanted in subroutine.parameters
    ]
    returns = "" if subroutine.returns is None else f" -> {_type(subroutine.returns)}"
    return f"def {subroutine.name}({', '.join(parameters)}){returns} {_block(subroutine.body)}"


def _block(statements: Iterable[Statement]) -> str:
    return f"{{ {' '.join(map(_statement, statements))} }}"


def _statement(statement: Statement) -> str:  # noqa: C901, PLR0911, PLR0912 - a case a statement
    match statement:
        case Apply(gate, angles, qubits, modifiers):
            name, more = ("cz", "ctrl @ ") if gate == "ccz" else (gate, "")
            prefix = "".join(map(_modifier, modifiers)) + more
            arguments = f"({', '.join(map(_angle, angles))})" if angles else ""
            return f"{prefix}{name}{arguments} {', '.join(map(_ref, qubits))};"
        case Measure(qubits, bits, basis):
            target = "" if bits is None else f"{_ref(bits)} = "
            before, after = ("".join(f"{gate} {_ref(qubits)}; " for gate in gates) for gates in BASIS_CHANGES[basis])
            return f"{before}{target}measure {_ref(qubits)}; {after}".rstrip()
        case Reset(qubits):
            return f"reset {_ref(qubits)};"
        case Barrier(qubits):
            return f"barrier {_ref(qubits)};"
        case Delay(qubits):
            return f"delay[100ns] {_ref(qubits)};"
        case Declare(type_, name, value):
            return f"{_type(type_)} {name} = {_expression(value)};"
        case Let(name, parts):
            return f"let {name} = {' ++ '.join(map(_ref, parts))};"
        case Assign(target_, op, value):
            return f"{_ref(target_)} {op}= {_expression(value)};"
        case Invoke(call):
            return f"{_expression(call)};"
        case If(condition, then, otherwise):
            alternative = f" else {_block(otherwise)}" if otherwise else ""
            return f"if ({_expression(condition)}) {_block(then)}{alternative}"
        case While(condition, body):
            return f"while ({_expression(condition)}) {_block(body)}"
        case For(type_, name, values, body):
            return f"for {_type(type_)} {name} in {_values(values)} {_block(body)}"
        case Switch(target, cases, default):
            blocks = [f"case {', '.join(map(str, labels))} {_block(body)}" for labels, body in cases]
            blocks += [] if default is None else [f"default {_block(default)}"]
            return f"switch ({_expression(target)}) {{ {' '.join(blocks)} }}"
        case Break():
            return "break;"
        case Continue():
            return "continue;"
        case End():
            return "end;"
        case Return(None):
            return "return;"
        case Return(value_):
            assert value_ is not None
            return f"return {_expression(value_)};"


def _modifier(modifier: Modifier) -> str:
    match modifier:
        case Control(count, by_zero):
            name = "negctrl" if by_zero else "ctrl"
            return f"{name} @ " if count == 1 else f"{name}({count}) @ "
        case Inverse():
            return "inv @ "
        case Power(exponent):
            return f"pow({exponent!r}) @ "


def _angle(angle: Angle) -> str:
    return repr(angle.factor) if angle.name is None else f"{angle.factor!r} * {angle.name}"


def _ref(ref: Ref) -> str:
    match ref.index:
        case None:
            return ref.name
        case Slice():
            return f"{ref.name}{_range(ref.index)}"
        case tuple():
            return f"{ref.name}[{_set(ref.index)}]"
        case _:
            return f"{ref.name}[{ref.index}]"


def _values(values: Slice | tuple[int, ...] | Ref) -> str:
    match values:
        case Slice():
            return _range(values)
        case Ref():
            return _ref(values)
        case _:
            return _set(values)


def _range(values: Slice) -> str:
    step = "" if values.step == 1 else f"{values.step}:"
    return f"[{values.start}:{step}{values.stop}]"


def _set(values: Sequence[int]) -> str:
    return f"{{{', '.join(map(str, values))}}}"


def _type(type_: Type) -> str:
    return _array(type_.kind.value, type_.width)


def _expression(expression: Expression) -> str:  # noqa: PLR0911 - a case an expression
    match expression:
        case Literal(value, type_):
            return _literal(value, type_)
        case Value(ref):
            return _ref(ref)
        case Unary(op, operand):
            return f"{op}({_expression(operand)})"
        case Binary(op, left, right):
            return f"({_expression(left)} {op} {_expression(right)})"
        case Cast(type_, operand):
            return f"{_type(type_)}({_expression(operand)})"
        case Measured(qubits):
            return f"measure {_ref(qubits)}"
        case Call(name, arguments):
            written = [_ref(item) if isinstance(item, Ref) else _expression(item) for item in arguments]
            return f"{name}({', '.join(written)})"


def _literal(value: int, type_: Type | None) -> str:
    if type_ is None or type_ == Type(Kind.BIT):
        return str(value)
    if type_ == BOOL:
        return "true" if value else "false"
    return f'"{value:0{type_.width}b}"' if type_.kind is Kind.BIT else f"{_type(type_)}({value})"
