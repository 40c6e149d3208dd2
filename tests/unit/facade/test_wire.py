import tracemalloc
from collections.abc import Callable

import pytest
from google.protobuf.message import DecodeError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qdm_driver import InvalidRequestError
from qdm_facade import wire
from qdm_facade.wire import StringField
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

DEVICE = StringField(pb.ExecuteCircuitRequest, "device_id")
CALIBRATED = StringField(pb.CalibrateDeviceRequest, "device_id")
JOB = StringField(pb.ExecuteCircuitRequest, "job_id")


def scanned(field: StringField, data: bytes) -> str | None:
    try:
        return field.read(data)
    except InvalidRequestError:
        return None


def decoded(data: bytes) -> str | None:
    try:
        return pb.ExecuteCircuitRequest.FromString(data).device_id
    except DecodeError:
        return None


@st.composite
def varints(draw: st.DrawFn, values: st.SearchStrategy[int]) -> bytes:
    """Varints, now and then longer than they need be, up to past every limit."""
    value = draw(values)
    groups = []
    while value:
        groups.append(value & 0x7F)
        value >>= 7
    groups += [0] * draw(st.sampled_from([0, 0, 0, 0, 1, 3, 4, 9, 10]))
    groups = groups or [0]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


def fields(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[bytes]:
    """Single fields of any wire type, mostly well formed."""

    @st.composite
    def one(draw: st.DrawFn) -> bytes:
        wire_type = draw(st.sampled_from([0, 1, 2, 2, 2, 2, 3, 4, 5, 6, 7]))
        tag = draw(varints(st.just(draw(numbers) << 3 | wire_type)))
        if wire_type == 0:
            return tag + draw(varints(st.integers(0, 2**70)))
        if wire_type == 1:
            return tag + draw(st.binary(min_size=8, max_size=8))
        if wire_type == 5:
            return tag + draw(st.binary(min_size=4, max_size=4))
        if wire_type == 2:
            content = draw(st.one_of(st.text(max_size=6).map(str.encode), st.binary(max_size=6)))
            length = draw(st.sampled_from([len(content)] * 9 + [len(content) + 1]))
            return tag + draw(varints(st.just(length))) + content
        return tag

    return one()


REQUESTS = st.builds(
    lambda job_id, device_id, data, shots, options: pb.ExecuteCircuitRequest(
        job_id=job_id, device_id=device_id, payload=pb.CircuitPayload(data=data), shots=shots, options=options
    ).SerializeToString(),
    st.text(max_size=10),
    st.text(max_size=10),
    st.binary(max_size=300),
    st.integers(-(2**31), 2**31 - 1),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)

# Fields 3 and 5 are messages, and 1 is a string: what protobuf checks inside them is left to the sidecar.
UNCHECKED_INSIDE = st.one_of(st.just(2), st.integers(6, 20), st.just(4), st.just(0), st.integers(2**29 - 2, 2**29 + 2))
ANY_NUMBER = st.one_of(st.integers(0, 6), UNCHECKED_INSIDE)


def joined(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[bytes]:
    return st.lists(fields(numbers), max_size=8).map(b"".join)


@settings(max_examples=250, derandomize=True, deadline=None)
@given(st.one_of(st.binary(max_size=40), joined(ANY_NUMBER), st.lists(REQUESTS, max_size=3).map(b"".join)))
def test_whatever_protobuf_accepts_has_the_same_device_id_in_the_scan(data: bytes) -> None:
    device_id = decoded(data)
    assert device_id is None or scanned(DEVICE, data) == device_id


@settings(max_examples=250, derandomize=True, deadline=None)
@given(joined(UNCHECKED_INSIDE))
@example(b"\x92\x80\x80\x80\x00\x01a")
@example(b"\x92\x80\x80\x80\x80\x00\x01a")
@example(b"\x92\x80\x80\x80\x10\x01a")
@example(b"\x12\x81\x80\x80\x80\x00a")
@example(b"\x12\x81\x80\x80\x80\x80\x00a")
@example(b"\x12\xff\xff\xff\xff\x0f")
@example(b"\x78" + b"\xff" * 9 + b"\x7f")
@example(b"\x78" + b"\xff" * 10 + b"\x01")
@example(b"\x12\x01\xff\x12\x01a")
@example(b"\x12\x03\xed\xa0\x80")
@example(b"\x7b\x12\x01a\x7c")
@example(b"\x12\x01a\x7c")
@example(b"\x12\x01a\x79\x00\x00")
@example(b"\x12\x01a\x00\x00")
def test_the_scan_and_protobuf_agree_on_everything_outside_nested_messages(data: bytes) -> None:
    assert scanned(DEVICE, data) == decoded(data)


def test_the_last_occurrence_wins() -> None:
    assert DEVICE.read(b"\x12\x01a\x12\x01b") == "b"
    assert DEVICE.read(b"\x12\x01a\x12\x00") == ""


def test_each_message_has_its_own_field() -> None:
    request = pb.ExecuteCircuitRequest(job_id="job", device_id="device").SerializeToString()
    assert (JOB.read(request), DEVICE.read(request)) == ("job", "device")
    assert CALIBRATED.read(pb.CalibrateDeviceRequest(device_id="other").SerializeToString()) == "other"


@pytest.mark.parametrize(
    "padding",
    [lambda count: b"\x78\x00" * count, lambda count: b"\x7b" * count + b"\x7c" * count],
    ids=["fields", "groups"],
)
@pytest.mark.parametrize("count", [50, 5_000, 200_000])
def test_messages_of_many_parts_are_read_as_protobuf_reads_them(padding: Callable[[int], bytes], count: int) -> None:
    data = b"\x12\x01a" + padding(count)
    assert scanned(DEVICE, data) == decoded(data)


def test_messages_of_many_fields_do_not_hold_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    def counting(data: bytes, position: int, max_bytes: int) -> tuple[int, int]:
        nonlocal read
        read += 1
        return varint(data, position, max_bytes)

    varint = wire._varint
    monkeypatch.setattr(wire, "_varint", counting)
    assert DEVICE.read(b"\x78\x00" * 200_000 + b"\x12\x01a") == "a"
    assert 0 < read <= 2_000


def test_a_refusal_names_the_message() -> None:
    with pytest.raises(InvalidRequestError, match="the bytes are no ExecuteCircuitRequest"):
        DEVICE.read(b"\xff")


def test_a_payload_of_any_size_is_skipped_and_not_copied() -> None:

    data = pb.ExecuteCircuitRequest(device_id="d", payload=pb.CircuitPayload(data=bytes(8 * 1024**2)))
    request = data.SerializeToString()
    tracemalloc.start()
    try:
        assert DEVICE.read(request) == "d"
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024
    finally:
        tracemalloc.stop()
