"""Keeps the stored AQO_PROTO circuits; run as a program, it makes them anew."""

import base64
import json

from qdm_circuits.aqo.proto_encoding import document_to_proto
from qdm_driver.compliance.circuits.aqo import AQO_PROTO_FILE, aqo_document
from qdm_driver.compliance.circuits.graded import programs, symbolic, uniform_bit

PROGRAMS = (*programs(), symbolic(), uniform_bit())


def encoded() -> dict[str, str]:
    return {program.name: base64.b64encode(document_to_proto(aqo_document(program))).decode() for program in PROGRAMS}


def test_no_two_programs_have_one_name() -> None:
    assert len(encoded()) == len(PROGRAMS)


def test_the_stored_circuits_are_what_the_encoder_makes_of_the_programs() -> None:
    assert json.loads(AQO_PROTO_FILE.read_bytes()) == encoded(), f"run python {__file__}"


if __name__ == "__main__":
    AQO_PROTO_FILE.write_text(json.dumps(encoded(), indent=2) + "\n")
