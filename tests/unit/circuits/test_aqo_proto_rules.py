"""What AQO_PROTO refuses, and the place that it names: that of the document."""

from typing import Any

import pytest
from google.protobuf.message import Message

from qdm_circuits.aqo import parse_aqo_proto, read_aqo_proto
from qdm_driver import InvalidRequestError, PreconditionError
from qdm_proto.eigen.aqo.v1 import aqo_pb2 as pb

UNKNOWN_FIELD = bytes.fromhex("f80701")  # field 127, a varint


def with_unknown(message: Message) -> Any:
    """The message with a field that its schema does not have."""
    copy = type(message)()
    copy.MergeFromString(message.SerializeToString() + UNKNOWN_FIELD)
    return copy


def value(**kind: Any) -> pb.Value:
    return pb.Value(**kind)


def member(name: str, what: pb.Value) -> pb.Object:
    return pb.Object(members=[pb.Member(name=name, value=what)])


def document(*operations: pb.Operation, **fields: Any) -> pb.Document:
    return pb.Document(**{"version": "1.0.0", "qubits": 3, "operations": operations, **fields})


H = pb.Operation(op=pb.OPCODE_H, q=[0])
RX = pb.Operation(op=pb.OPCODE_RX, q=[0], params=pb.Params(theta=value(number=0.5)))
M = pb.Operation(op=pb.OPCODE_MEASURE, q=[0], c=[0])


def rx(theta: pb.Value) -> pb.Document:
    return document(H, pb.Operation(op=pb.OPCODE_RX, q=[0], params=pb.Params(theta=theta)))


def metadata(what: pb.Value) -> pb.Document:
    return document(metadata=member("a", what))


BROKEN: list[tuple[str, pb.Document, str]] = [
    ("no version", document(version=""), "version"),
    ("no qubits", document(qubits=0), "qubits"),
    ("unknown field of the document", with_unknown(document()), "document"),
    ("unknown field of an operation", document(H, with_unknown(H)), "operations[1]"),
    (
        "unknown field of params",
        document(pb.Operation(op=pb.OPCODE_RX, q=[0], params=with_unknown(RX.params))),
        "operations[0].params",
    ),
    ("unknown field of theta", rx(with_unknown(value(integer=1))), "operations[1].params.theta"),
    ("unknown field of an object", document(metadata=with_unknown(pb.Object())), "metadata"),
    (
        "unknown field of a member",
        document(topology=pb.Object(members=[with_unknown(pb.Member(name="a", value=value(integer=1)))])),
        "topology.a",
    ),
    ("unknown field of a value", metadata(with_unknown(value(text="x"))), "metadata.a"),
    ("unknown field of null", metadata(value(null=with_unknown(pb.Null()))), "metadata.a"),
    ("unknown field of a list", metadata(value(list=with_unknown(pb.List()))), "metadata.a"),
    ("no opcode", document(H, pb.Operation(q=[0])), "operations[1].op"),
    ("unknown opcode", document(pb.Operation(op=99, q=[0])), "operations[0].op"),  # type: ignore[arg-type]
    ("no qubit", document(H, pb.Operation(op=pb.OPCODE_X)), "operations[1].q"),
    ("a qubit out of range", document(pb.Operation(op=pb.OPCODE_CX, q=[0, 3])), "operations[0].q[1]"),
    ("a repeated qubit", document(pb.Operation(op=pb.OPCODE_CX, q=[1, 1])), "operations[0].q[1]"),
    ("too few qubits", document(pb.Operation(op=pb.OPCODE_CX, q=[1])), "operations[0].q"),
    ("no bit", document(pb.Operation(op=pb.OPCODE_MEASURE, q=[1])), "operations[0].c"),
    ("bits of a gate", document(pb.Operation(op=pb.OPCODE_H, q=[1], c=[1])), "operations[0].c"),
    ("no theta", document(pb.Operation(op=pb.OPCODE_RX, q=[0], params=pb.Params())), "operations[0].params.theta"),
    ("theta of no kind", rx(value()), "operations[1].params.theta"),
    ("theta is a boolean", rx(value(boolean=True)), "operations[1].params.theta"),
    ("theta is a list", rx(value(list=pb.List())), "operations[1].params.theta"),
    ("theta is NaN", rx(value(number=float("nan"))), "operations[1].params.theta"),
    ("theta is unbound", rx(value(text="t")), "operations[1].params.theta"),
    ("theta on H", document(pb.Operation(op=pb.OPCODE_H, q=[0], params=RX.params)), "operations[0].params.theta"),
    (
        "no basis of a set one",
        document(pb.Operation(op=M.op, q=[0], c=[0], basis=pb.BASIS_UNSPECIFIED)),
        "operations[0].basis",
    ),
    ("unknown basis", document(pb.Operation(op=M.op, q=[0], c=[0], basis=9)), "operations[0].basis"),  # type: ignore[arg-type]
    (
        "unknown basis in params",
        document(pb.Operation(op=M.op, q=[0], c=[0], params=pb.Params(basis=9))),  # type: ignore[arg-type]
        "operations[0].params.basis",
    ),
    ("basis on a gate", document(pb.Operation(op=H.op, q=[0], basis=pb.BASIS_Z)), "operations[0].basis"),
    (
        "two bases",
        document(pb.Operation(op=M.op, q=[0], c=[0], basis=pb.BASIS_X, params=pb.Params(basis=pb.BASIS_Y))),
        "operations[0].params.basis",
    ),
    ("value of no kind", metadata(value(list=pb.List(values=[value(integer=1), value()]))), "metadata.a[1]"),
    ("member without a value", document(metadata=pb.Object(members=[pb.Member(name="a")])), "metadata.a"),
    (
        "a repeated name",
        document(annotations=pb.Object(members=[pb.Member(name="a", value=value(integer=1))] * 2)),
        "annotations.a",
    ),
    ("an infinite number", metadata(value(number=float("inf"))), "metadata.a"),
    *(
        (f"big integer {text[:8]!r}", metadata(value(big_integer=text)), "metadata.a")
        for text in ("", "x", "1.0", "01", "-0", "+1", " 1", "1\n", "\u0661", "9" * 641)
    ),
]


def test_the_messages_that_are_broken_here_are_right() -> None:
    assert parse_aqo_proto(document(H, RX, M).SerializeToString(), {}).circuit.num_clbits == 1


@pytest.mark.parametrize(("message", "place"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN])
def test_a_broken_message_is_refused_with_its_place(message: pb.Document, place: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_aqo_proto(message.SerializeToString(), {})
    (violation,) = caught.value.violations
    assert violation.field == place
    assert violation.description


@pytest.mark.parametrize("theta", [float("nan"), float("inf"), float("-inf")])
def test_a_message_with_an_angle_that_is_not_finite_is_no_document(theta: float) -> None:
    with pytest.raises(InvalidRequestError, match="finite"):
        read_aqo_proto(rx(value(number=theta)).SerializeToString())


def field(number: int, data: bytes) -> bytes:
    """A field of bytes on the wire, its length in two bytes."""
    return bytes([number << 3 | 2, len(data) & 127 | 128, len(data) >> 7]) + data


def list_in_list(levels: int) -> bytes:
    inner = b""
    for _ in range(levels):
        inner = field(pb.Value.LIST_FIELD_NUMBER, field(pb.List.VALUES_FIELD_NUMBER, inner))
    members = field(pb.Object.MEMBERS_FIELD_NUMBER, field(pb.Member.VALUE_FIELD_NUMBER, inner))
    return field(pb.Document.METADATA_FIELD_NUMBER, members)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"\xff" * 10,
        document(H).SerializeToString()[:-1],
        b"\x0a\x02\xff\xfe",
        list_in_list(1000),
    ],
    ids=["JSON", "noise", "cut short", "no UTF-8", "endless"],
)
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_aqo_proto(data, {})
    assert [violation.field for violation in caught.value.violations] == ["document"]


def test_another_major_version_and_too_many_qubits_are_failed_preconditions() -> None:
    for message, kind in ((document(version="9.9"), "AQO_VERSION"), (document(qubits=2**32 - 1), "CIRCUIT_TOO_LARGE")):
        with pytest.raises(PreconditionError) as caught:
            parse_aqo_proto(message.SerializeToString(), {})
        assert caught.value.kind == kind
