"""Documents with symbols are read once for all values, as long as there is room."""

import json

import pytest

from qdm_circuits.aqo import AqoDocument, read_aqo_json
from qdm_driver import CircuitFormat, CircuitPayload
from qdm_sidecar.plugins import payload_formats
from qdm_sidecar.plugins.payload_formats import PayloadReader

TURN = {"op": "RX", "q": [0], "params": {"theta": "t"}}


@pytest.mark.parametrize(("note", "times_read"), [("short", 1), ("long" * 10_000, 2)], ids=["room", "no-room"])
def test_a_document_is_kept_where_all_of_it_fits(monkeypatch: pytest.MonkeyPatch, note: str, times_read: int) -> None:
    read: list[int] = []

    def counted(data: bytes) -> AqoDocument:
        read.append(len(data))
        return read_aqo_json(data)

    monkeypatch.setattr(payload_formats, "read_aqo_json", counted)
    document = {"version": "1.0.0", "qubits": 1, "operations": [TURN], "metadata": {"note": note}}
    payload = CircuitPayload(CircuitFormat.AQO_JSON, json.dumps(document).encode())
    reader = PayloadReader(max_bytes=100_000)
    angles = [reader.read(payload, b"digest", {"t": value}).circuit.operations[0] for value in ("1", "2")]
    assert angles[0] != angles[1]
    assert len(read) == times_read
