"""The tables that tests/api tries on a real API server, held against the model: the two agree on every row."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from qdm_common.manifest import QuantumDevice

TABLES = Path(__file__).parents[2] / "api"
GOOD: list[dict[str, Any]] = yaml.safe_load((TABLES / "good_devices.yaml").read_text())
BAD: list[dict[str, Any]] = yaml.safe_load((TABLES / "bad_devices.yaml").read_text())


def resource(row: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": row.get("name", "bell")}
    return {
        "apiVersion": "qdm.eigen-os.io/v1alpha1",
        "kind": "QuantumDevice",
        "metadata": metadata,
        "spec": row["spec"],
    }


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["what"])
def test_a_good_device_is_taken(row: dict[str, Any]) -> None:
    assert QuantumDevice.read(resource(row)).spec.driver == row["spec"]["driver"]


@pytest.mark.parametrize("row", BAD, ids=lambda row: row["what"])
def test_a_bad_device_is_refused_with_the_field(row: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        QuantumDevice.read(resource(row))
    assert {".".join(map(str, problem["loc"])) for problem in refused.value.errors()} == {row["field"]}
