"""AQO documents (Abstract Quantum Operations, 0.1 and 1.x), in JSON and in protobuf.

Both encodings carry the same document: a JSON object, which ``document`` defines down to its canonical bytes.
``json_encoding`` and ``proto_encoding`` read and write it, ``rules`` say which documents are right, ``program`` makes a
circuit of it.
"""

from qdm_circuits.aqo.document import JsonObject, aqo_hash, canonical_bytes
from qdm_circuits.aqo.expectation import Expectation, NotEvaluable
from qdm_circuits.aqo.json_encoding import document_from_json
from qdm_circuits.aqo.program import (
    AqoDocument,
    AqoProgram,
    bind,
    parse_aqo_json,
    parse_aqo_proto,
    read_aqo_json,
    read_aqo_proto,
)
from qdm_circuits.aqo.proto_encoding import document_from_proto, document_to_proto

__all__ = [
    "AqoDocument",
    "AqoProgram",
    "Expectation",
    "JsonObject",
    "NotEvaluable",
    "aqo_hash",
    "bind",
    "canonical_bytes",
    "document_from_json",
    "document_from_proto",
    "document_to_proto",
    "parse_aqo_json",
    "parse_aqo_proto",
    "read_aqo_json",
    "read_aqo_proto",
]
