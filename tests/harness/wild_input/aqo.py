"""AQO documents and messages that are expensive where a reader is careless."""

from collections.abc import Mapping

from qdm_circuits.aqo import document_from_json, document_to_proto
from wild_input.filling import MIB, MakeInput, nested, numbered, repeated

_HEAD = '{"version":"0.1","qubits":10000,"operations":['
_END = "]}"
_THETA = f'{_HEAD}{{"op":"RX","q":[0],"params":{{"theta":'
_THETA_END = f"}}}}{_END}"
_METADATA = f'{_HEAD}],"metadata":'
_PARAMETERS = f'{_HEAD}{{"op":"RX","q":[0],"params":{{"theta":"p0"}}}}],"parameters":{{"p":0'
_H = '{"op":"H","q":[0]}'

AQO_JSON: Mapping[str, MakeInput] = {
    "zeros": repeated("\0"),
    "brackets": repeated("["),
    "braces": repeated("{"),
    "named braces": repeated('{"":'),
    "spaces": repeated(" ", tail="{}"),
    "quotes": repeated('"'),
    "escapes": repeated("\\u0000", '"', '"'),
    "an open text": repeated("x", '{"version":"'),
    "digits": repeated("9"),
    "a long integer": repeated("9", f'{_HEAD}{_END[:1]},"qubits":', "}"),
    "a long index": repeated("9", f'{_HEAD}{{"op":"H","q":[', f"]}}{_END}"),
    "a long angle": repeated("9", _THETA, _THETA_END),
    "a long fraction": repeated("9", f"{_THETA}0.", _THETA_END),
    "a long exponent": repeated("9", f"{_THETA}1e", _THETA_END),
    "a long number in quotes": repeated("9", f'{_THETA}"', f'"{_THETA_END}'),
    "a long symbol": repeated("a", f'{_THETA}"', f'"{_THETA_END}'),
    "a long opcode": repeated("A", f'{_HEAD}{{"op":"', f'","q":[0]}}{_END}'),
    "a long version": repeated("1.", '{"qubits":1,"operations":[],"version":"', '1"}'),
    "a long unknown field": repeated("x", f'{_HEAD}],"', '":1}'),
    "a long unknown parameter": repeated("x", f'{_HEAD}{{"op":"RX","q":[0],"params":{{"', f'":1}}}}{_END}'),
    "nested arrays": nested("[", "]", _METADATA + '{"x":', "", "}}"),
    "nested objects": nested('{"x":', "}", _METADATA, "1", "}"),
    "many repeated keys": repeated('"x":1,', f"{_METADATA}{{", '"x":1}}'),
    "many keys, one repeated": numbered(lambda n: f'"k{n}":1,', f"{_METADATA}{{", '"k0":1}}'),
    "many unknown fields": numbered(lambda n: f',"k{n}":1', f"{_HEAD}]", "}"),
    "many integers of a list": repeated("1,", f'{_METADATA}{{"x":[', "1]}}"),
    "many qubits of a gate": repeated("0,", f'{_HEAD}{{"op":"H","q":[', f"0]}}{_END}"),
    "many qubits of a measurement": repeated("0,", f'{_HEAD}{{"op":"MEASURE","c":[],"q":[', f"0]}}{_END}"),
    "a circle of symbols": numbered(
        lambda n: f',"p{n}":"p{(n + 1) % 30_000}"' if n < 30_000 else f',"p{n}":0', _PARAMETERS, "}}"
    ),
    "a chain of symbols": numbered(lambda n: f',"p{n}":"p{n + 1}"', _PARAMETERS, "}}"),
    "many operations": repeated(f"{_H},", _HEAD, f"{_H}{_END}"),
    "many operations, the last wrong": repeated(f"{_H},", _HEAD, f'{{"op":"H","q":[10000]}}{_END}'),
    "many measurements": numbered(
        lambda n: f'{{"op":"MEASURE","q":[{n % 10_000}],"c":[{n % 10_000}]}},', _HEAD, f"{_H}{_END}"
    ),
    "many observables": numbered(
        lambda n: f'"o{n}":[{{"coefficient":1,"pauli":"X"}}],',
        f'{_HEAD}{_H}],"annotations":{{"expectation":{{"kind":"pauli","observable_name":"o0"}},"observables":{{',
        '"o":[]}}}',
    ),
}


def _as_message(json: MakeInput) -> MakeInput:
    return lambda: document_to_proto(document_from_json(json()))


def _field(number: int, content: bytes) -> bytes:
    """Returns a field of protobuf's wire format whose content has a length."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    low, high = value & 127, value >> 7
    return bytes([low | 128]) + _varint(high) if high else bytes([low])


def _fields(number: int, content: bytes) -> MakeInput:
    one = _field(number, content)
    return lambda: one * (MIB // len(one))


def _nested_values(*path: int) -> MakeInput:
    """Returns what makes a metadata member of values in one another, each reached by the fields of a path."""

    def make() -> bytes:
        message = _field(1, b"")
        for _ in range(20_000):
            for number in reversed(path):
                message = _field(number, message)
        return _field(5, _field(1, _field(2, message)))

    return make


AQO_PROTO: Mapping[str, MakeInput] = {
    "zeros": repeated("\0"),
    "bytes of 255": lambda: b"\xff" * MIB,
    "bytes of 128": lambda: b"\x80" * MIB,
    "a length of two gigabytes": lambda: b"\x1a\xff\xff\xff\xff\x07" + b"\0" * (MIB - 6),
    "groups": lambda: b"\x4b" * MIB,
    "many unknown fields": _fields(15, b""),
    "many versions": _fields(1, b"0.1"),
    "many operations of nothing": _fields(3, b""),
    "many metadata of nothing": _fields(5, b""),
    "many members of nothing": lambda: _field(5, _field(1, b"") * (MIB // 2 - 10)),
    "many operations of one byte": _fields(3, b"\x08\x07"),
    "many qubits of a gate": lambda: _field(3, b"\x08\x07" + _field(2, b"\0" * (MIB - 100))),
    "nested lists": _nested_values(7, 1),
    "nested objects": _nested_values(8, 1, 2),
    **{
        name: _as_message(AQO_JSON[name])
        for name in (
            "a long symbol",
            "a long number in quotes",
            "a circle of symbols",
            "a chain of symbols",
            "many operations",
            "many integers of a list",
            "many measurements",
            "many observables",
        )
    },
}
