"""The CustomResourceDefinition against its model, field by field, and against the rules of Kubernetes."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from qdm_common.manifest import QuantumDevice

CRDS = Path(__file__).parents[3] / "crds"
DEFINITION = yaml.safe_load((CRDS / "quantumdevices.qdm.eigen-os.io.yaml").read_text())
VERSION = DEFINITION["spec"]["versions"][0]
ROOT = VERSION["schema"]["openAPIV3Schema"]

# What the API server checks itself, or by a rule of ours on the whole; and the one key that a rule must see.
OF_THE_SERVER = {"apiVersion", "kind", "metadata", "metadata.name", "spec.driverConfig.device"}


class Place(NamedTuple):
    """One schema of the definition; items of lists are ``[]``, values of maps are ``*``."""

    path: str
    schema: dict[str, Any]


def places(schema: dict[str, Any], path: str = "") -> Iterator[Place]:
    """Every schema of the definition, from its root on."""
    yield Place(path, schema)
    for name, part in schema.get("properties", {}).items():
        yield from places(part, f"{path}.{name}".lstrip("."))
    if "items" in schema:
        yield from places(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from places(schema["additionalProperties"], f"{path}.*")


def modelled(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, bool]]:
    """Every field of the model, with whether it must be given."""
    for name, info in model.model_fields.items():
        place = f"{path}.{info.alias or name}".lstrip(".")
        yield place, info.is_required()
        for part, suffix in parts(info.annotation):
            yield from modelled(part, place + suffix)


def parts(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """The models that a field of this type holds, and where."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
    elif origin is Annotated:
        yield from parts(arguments[0])
    elif origin in {Union, types.UnionType}:
        for argument in arguments:
            yield from parts(argument)
    elif origin is tuple:
        for part, suffix in parts(arguments[0]):
            yield part, f"[]{suffix}"


PLACES = tuple(places(ROOT))
FIELDS = tuple(p for p in PLACES if p.path and not p.path.endswith(("[]", "*")) and p.path not in OF_THE_SERVER)


def test_the_definition_has_every_field_of_the_model_and_no_other() -> None:
    expected = {path for path, _ in modelled(QuantumDevice)}
    assert {field.path for field in FIELDS} == expected - OF_THE_SERVER
    assert len(FIELDS) > 50


def test_the_definition_asks_for_the_fields_that_the_model_asks_for() -> None:
    required = {f"{place.path}.{name}".lstrip(".") for place in PLACES for name in place.schema.get("required", ())}
    expected = {path for path, needed in modelled(QuantumDevice) if needed}
    assert required == expected - OF_THE_SERVER


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.path)
def test_every_field_is_described_in_sentences(field: Place) -> None:
    description = field.schema["description"]
    assert description[0].isupper() or description.startswith(("deviceId", "metadata.", "nodeAffinity"))
    assert description.endswith(".")
    assert "``" not in description


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path or "root")
def test_every_schema_is_structural_and_bounded(place: Place) -> None:
    schema = place.schema
    foreign = {"$ref", "anyOf", "allOf", "oneOf", "not", "nullable", "title", "const"}
    assert not foreign & schema.keys()
    match schema.get("type"):
        case "string" if place.path not in {"apiVersion", "kind"}:
            assert "enum" in schema or "maxLength" in schema or schema.get("format") == "date-time"
        case "array":
            assert {"maxItems", "x-kubernetes-list-type", "items"} <= schema.keys()
        case "object" if "properties" not in schema and place.path != "metadata":
            assert "maxProperties" in schema
        case "integer":
            assert {"minimum", "format"} <= schema.keys()
        case None:
            assert schema["x-kubernetes-int-or-string"]
        case _:
            pass


def test_only_what_others_check_may_hold_unknown_fields() -> None:
    open_to_all = {place.path for place in PLACES if "x-kubernetes-preserve-unknown-fields" in place.schema}
    assert open_to_all == {"spec.driverConfig", "spec.affinity"}


def test_the_defaults_are_those_of_the_model() -> None:
    minimal = {"apiVersion": "qdm.eigen-os.io/v1alpha1", "kind": "QuantumDevice", "metadata": {"name": "bell"}}
    device = QuantumDevice.read(minimal | {"spec": {"driver": "simulator"}})
    assert defaulted(ROOT["properties"]["spec"]) == {
        "availability": device.spec.availability.value,
        "concurrency": device.spec.concurrency,
        "queue": device.spec.queue.model_dump(by_alias=True),
        "limits": device.spec.limits.model_dump(by_alias=True),
    }


def defaulted(schema: dict[str, Any]) -> dict[str, Any]:
    """What the API server makes of an empty object."""
    filled = {}
    for name, part in schema["properties"].items():
        if part.get("default") == {}:
            filled[name] = defaulted(part)
        elif "default" in part:
            filled[name] = part["default"]
    return filled


def test_a_rule_says_what_it_refuses() -> None:
    rules = [rule for place in PLACES for rule in place.schema.get("x-kubernetes-validations", ())]
    assert len(rules) == 8
    assert [rule for rule in rules if " " not in rule.get("message", "") or "self" in rule["message"]] == []


def test_it_is_known_by_its_short_name_and_category() -> None:
    names = DEFINITION["spec"]["names"]
    assert (names["shortNames"], names["categories"]) == (["qdev"], ["qdm"])


def test_the_columns_answer_whether_it_is_up_and_if_not_why() -> None:
    columns = {column["name"]: column.get("priority", 0) for column in VERSION["additionalPrinterColumns"]}
    assert list(columns) == ["Device", "Driver", "Ready", "Reason", "State", "Qubits", "Age", "Message", "Pod", "Node"]
    assert [name for name, priority in columns.items() if priority] == ["Message", "Pod", "Node"]
