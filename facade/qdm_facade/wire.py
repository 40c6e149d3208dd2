"""Reads one string field out of a serialised request, without decoding the circuit beside it.

The scan walks the top level as the protobuf wire format (https://protobuf.dev/programming-guides/encoding/) says: it
checks tags, wire types, lengths and the UTF-8 of the wanted field, skips everything else by its length, copies nothing
but the field, and lets the last occurrence win. What lies inside other fields is for the sidecar to check. So whatever
protobuf accepts the scan accepts, with the same value; what only the scan accepts, the sidecar refuses.
"""

from google.protobuf.message import DecodeError, Message

from qdm_driver import InvalidRequestError, Violation

# Messages of more fields, and groups, which no contract here uses, are left to protobuf's own decoder.
_MAX_FIELDS = 1_000

_VARINT, _FIXED64, _LENGTH, _START_GROUP, _FIXED32 = 0, 1, 2, 3, 5
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}

_VALUE_BYTES = 10
_TAG_BYTES = _LENGTH_BYTES = 5
_MAX_TAG = 2**32 - 1


class _MalformedError(Exception):
    """The bytes are no protobuf message."""


class _TooInvolvedError(Exception):
    """The message needs protobuf's own decoder."""


class StringField:
    """One string field of one message type; ``read`` finds it in serialised messages."""

    def __init__(self, message: type[Message], name: str) -> None:
        self._message = message
        self._name = name
        self._number = message.DESCRIPTOR.fields_by_name[name].number

    def read(self, data: bytes) -> str:
        """Returns the field's value, empty where it is absent. Raises InvalidRequestError for what is no message."""
        try:
            return _last_string(data, self._number)
        except _TooInvolvedError:
            return self._decoded(data)
        except (_MalformedError, IndexError, UnicodeDecodeError):
            raise self._refusal() from None

    def _decoded(self, data: bytes) -> str:
        try:
            return str(getattr(self._message.FromString(data), self._name))
        except DecodeError:
            raise self._refusal() from None

    def _refusal(self) -> InvalidRequestError:
        return InvalidRequestError(Violation("", f"the bytes are no {self._message.DESCRIPTOR.name}"))


def _last_string(data: bytes, number: int) -> str:
    value = ""
    position = fields = 0
    while position < len(data):
        fields += 1
        if fields > _MAX_FIELDS:
            raise _TooInvolvedError
        tag, start = _varint(data, position, _TAG_BYTES)
        if not 8 <= tag <= _MAX_TAG:  # noqa: PLR2004 - field number 0 does not exist
            raise _MalformedError
        start, position = _content(data, start, tag & 7)
        if position > len(data):
            raise _MalformedError
        if tag == number << 3 | _LENGTH:
            value = data[start:position].decode()
    return value


def _content(data: bytes, position: int, wire_type: int) -> tuple[int, int]:
    if wire_type == _LENGTH:
        length, start = _varint(data, position, _LENGTH_BYTES)
        return start, start + length
    if wire_type == _VARINT:
        return position, _varint(data, position, _VALUE_BYTES)[1]
    if wire_type in _FIXED_SIZES:
        return position, position + _FIXED_SIZES[wire_type]
    if wire_type == _START_GROUP:
        raise _TooInvolvedError
    raise _MalformedError


def _varint(data: bytes, position: int, max_bytes: int) -> tuple[int, int]:
    byte = data[position]
    if byte < 0x80:  # noqa: PLR2004 - by far the most
        return byte, position + 1
    value = 0
    for index in range(max_bytes):
        byte = data[position + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint lacks the high bit
            return value, position + index + 1
    raise _MalformedError
