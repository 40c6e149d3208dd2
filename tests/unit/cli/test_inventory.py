from enum import StrEnum

from pydantic import BaseModel, Field

from qdm_cli.inventory import SchemaRow, schema_rows
from qdm_driver import DriverConfig


class Method(StrEnum):
    EXACT = "exact"
    FAST = "fast"


class Noise(BaseModel):
    t1: float = Field(50.0, gt=0, description="Microseconds.")


class Config(DriverConfig):
    host: str = Field(description="Where it is.")
    qubits: int = Field(5, ge=1, le=30)
    method: Method = Method.EXACT
    seed: int | None = None
    token: str = ""
    noise: Noise = Noise()


def test_a_schema_is_listed_field_by_field_without_what_the_host_gives() -> None:
    assert schema_rows(Config.model_json_schema()) == [
        SchemaRow("host", "string", "required", "Where it is."),
        SchemaRow("qubits", "integer, ≥ 1, ≤ 30", "5", ""),
        SchemaRow("method", "exact or fast", '"exact"', ""),
        SchemaRow("seed", "integer", "-", ""),
        SchemaRow("token", "string", '""', ""),
        SchemaRow("noise.t1", "number, > 0", "50.0", "Microseconds."),
    ]
