"""No document of up to 1 MiB takes long to read: each of these takes minutes where a step is quadratic."""

from contextlib import suppress

import pytest

from qdm_circuits.aqo import document_from_json, document_to_proto, parse_aqo_json, parse_aqo_proto
from qdm_driver import InvalidRequestError, PreconditionError

MIB = 2**20


def text(operations: str = "", rest: str = "") -> str:
    return f'{{"version":"0.1","qubits":10000,"operations":[{operations}]{rest}}}'


def rotation(theta: str) -> str:
    return f'{{"op":"RX","q":[0],"params":{{"theta":"{theta}"}}}}'


def chain(length: int, end: str) -> str:
    links = ",".join(f'"p{link}":"p{link + 1}"' for link in range(length))
    return f',"parameters":{{{links},"p{length}":{end}}}'


MANY_KEYS = ",".join(f'"{key:x}":1' for key in range(90_000))
DOCUMENTS = {
    "one of many keys repeated": text(rest=f',"metadata":{{{MANY_KEYS},"15f8f":1}}'),
    "a long text that begins like a number": text(rotation("1" * 1_000_000 + "x")),
    "a long chain of symbols": text(rotation("p0"), chain(60_000, "1")),
    "many ends of a long chain": text(",".join(rotation(f"p{i}") for i in range(12_000)), chain(25_000, "1")),
    "a long circle of symbols": text(rotation("p0"), chain(60_000, '"p1"')),
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_a_mebibyte_is_read_or_refused_in_linear_time(name: str) -> None:
    data = DOCUMENTS[name].encode()
    assert MIB / 2 < len(data) < MIB * 1.1
    with suppress(InvalidRequestError):
        parse_aqo_json(data, {})
        parse_aqo_proto(document_to_proto(document_from_json(data)), {})


def test_a_document_of_more_operations_than_any_engine_takes_is_refused() -> None:
    measure = '{"op":"MEASURE","q":[0,1,2,3,4,5,6,7,8,9],"c":[0,0,0,0,0,0,0,0,0,0],"basis":"Y"}'
    message = document_to_proto(document_from_json(text(",".join([measure] * 20_001)).encode()))
    assert len(message) < MIB
    with pytest.raises(PreconditionError) as caught:
        parse_aqo_proto(message, {})
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"
