"""The reference page against the definition: every field has its row, with its bounds and its default."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DEFINITION = yaml.safe_load((ROOT / "crds" / "quantumdevices.qdm.eigen-os.io.yaml").read_text())
PROPERTIES = DEFINITION["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
SPEC, _SEEN = (ROOT / "docs" / "quantumdevice.md").read_text().split("## What was seen")
STATUS = _SEEN.partition("### Conditions")[0]


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each field's row."""
    lines = re.findall(r"^\| `([^`]+)` \| (.*) \|$", text, re.MULTILINE)
    return {field: cells.split(" | ") for field, cells in lines}


def fields(schema: dict[str, Any], path: str = "") -> dict[str, dict[str, Any]]:
    """All fields; items of lists are Kubernetes' own, or conditions, which have a section of theirs."""
    found: dict[str, dict[str, Any]] = {}
    for name, part in schema.get("properties", {}).items():
        found |= {f"{path}{name}": part} | fields(part, f"{path}{name}.")
    return {path: part for path, part in found.items() if path != "driverConfig.device"}


@pytest.mark.parametrize(("part", "text"), [("spec", SPEC), ("status", STATUS)])
def test_every_field_has_its_row(part: str, text: str) -> None:
    assert rows(text).keys() == fields(PROPERTIES[part]).keys()


def test_bounds_and_defaults_are_those_of_the_schema() -> None:
    described = rows(SPEC)
    for path, schema in fields(PROPERTIES["spec"]).items():
        takes, default, _ = described[path]
        if schema.get("type") == "integer":
            assert takes == f"{schema['minimum']:,} to {schema['maximum']:,}"
            assert default == f"{schema['default']:,}"
        elif "enum" in schema:
            assert takes == ", ".join(f"`{value}`" for value in schema["enum"])
            assert default == f"`{schema['default']}`"
        elif "maxLength" in schema and "pattern" not in schema:
            assert takes == f"up to {schema['maxLength']} characters"
        elif "maxItems" in schema or "x-kubernetes-map-type" in schema:
            assert takes.startswith(f"up to {schema.get('maxItems', schema.get('maxProperties'))}")
