"""Circuits that a driver's author gives in the driver's native language, because the kit has none in it."""

import math
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from qdm_driver.compliance.circuits.circuit import GradedCircuit, Topic
from qdm_driver.payload import CircuitFormat, CircuitPayload


class NativeCircuit(BaseModel):
    """A program text, and the probability of each bitstring that it can give on an exact device."""

    model_config = ConfigDict(extra="forbid")

    name: str
    program: str
    qubits: int = Field(ge=1)
    probabilities: dict[Annotated[str, Field(pattern="^[01]+$")], float]
    dynamic: bool = False

    @field_validator("probabilities")
    @classmethod
    def _add_up(cls, probabilities: dict[str, float]) -> dict[str, float]:
        if not math.isclose(math.fsum(probabilities.values()), 1):
            raise ValueError("must add up to 1")
        return probabilities


_CIRCUITS = TypeAdapter(Annotated[list[NativeCircuit], Field(min_length=1)])


def read_native_circuits(file: Path) -> tuple[GradedCircuit, ...]:
    """Reads a JSON array of NativeCircuit. Raises OSError, or ValidationError where it is none."""
    return tuple(
        GradedCircuit(
            circuit.name,
            Topic.NATIVE,
            CircuitPayload(CircuitFormat.BACKEND_NATIVE, circuit.program.encode()),
            circuit.qubits,
            circuit.probabilities,
            circuit.dynamic,
        )
        for circuit in _CIRCUITS.validate_json(file.read_bytes())
    )
