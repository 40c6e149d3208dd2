"""All inputs that are expensive where a decoder is careless, by format and name."""

from collections.abc import Mapping

from qdm_driver import CircuitFormat
from wild_input.aqo import AQO_JSON, AQO_PROTO
from wild_input.filling import MakeInput
from wild_input.openqasm2 import OPENQASM2
from wild_input.openqasm3 import OPENQASM3

TABLES: Mapping[CircuitFormat, Mapping[str, MakeInput]] = {
    CircuitFormat.AQO_JSON: AQO_JSON,
    CircuitFormat.AQO_PROTO: AQO_PROTO,
    CircuitFormat.QASM3_TEXT: OPENQASM3,
    CircuitFormat.BACKEND_NATIVE: OPENQASM2,
}
