"""Generates the CustomResourceDefinition of QuantumDevice from its model in qdm_common.

``python crds/generate.py`` writes; ``python crds/generate.py --verify`` writes nothing and fails where the checked-in
file differs from what the model says.

JSON Schema, which pydantic speaks, becomes a structural schema of Kubernetes: without references, without ``null``,
with defaults only where they say something, and with the rules that need more than one version or more than the spec.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from qdm_common.manifest import NAME_PATTERN, NAME_SENTENCE, SCHEMA_REVISION, SCHEMA_REVISION_ANNOTATION, QuantumDevice
from qdm_common.resource_part import VALIDATIONS

GROUP = "qdm.eigen-os.io"
PLURAL = "quantumdevices"
TARGET = Path(__file__).parent / f"{PLURAL}.{GROUP}.yaml"
HEAD = "# Written by crds/generate.py from common/qdm_common/manifest.py; `make crds` writes it anew.\n"

Schema = dict[str, Any]

# Means the same in a structural schema; all else is translated or, like titles, means nothing there.
SIZES = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties")
KEPT = ("description", "type", "format", "enum", "pattern", *SIZES, "required")

# What Kubernetes itself says of the fields that every resource has.
COMMON_FIELDS = {
    "apiVersion": {"type": "string", "description": f"Version of this schema: {GROUP}/v1alpha1."},
    "kind": {"type": "string", "description": "QuantumDevice."},
    "metadata": {"type": "object"},
}

NAME_RULE = {"rule": f"self.metadata.name.matches('{NAME_PATTERN}')", "message": NAME_SENTENCE}
DEVICE_ID_RULE = {
    "rule": "has(self.deviceId) == has(oldSelf.deviceId) && (!has(self.deviceId) || self.deviceId == oldSelf.deviceId)",
    "message": "deviceId is neither set, changed nor removed later; delete the device and create it anew",
    "fieldPath": ".deviceId",
}


def structural(schema: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Schema:
    """Returns the structural schema that takes what this JSON schema takes, ``null`` aside."""
    schema = _without_indirection(schema, definitions)
    result: Schema = {key: schema[key] for key in KEPT if key in schema}
    result |= {key: value for key, value in schema.items() if key.startswith("x-kubernetes-")}
    if schema.get("type") == "integer":
        result["format"] = "int32" if schema.get("maximum", 2**63) < 2**31 else "int64"
    if "items" in schema:
        result["items"] = structural(schema["items"], definitions)
    if "properties" in schema:
        result["properties"] = {name: structural(part, definitions) for name, part in schema["properties"].items()}
    if schema.get("additionalProperties") is True:
        result["x-kubernetes-preserve-unknown-fields"] = True
    elif schema.get("additionalProperties"):
        result["additionalProperties"] = structural(schema["additionalProperties"], definitions)
    if isinstance(schema.get("default"), dict):
        # The parts have their own defaults, which the API server fills in where there is something to fill.
        result |= {"default": {}} if _has_defaults(result) else {}
    elif schema.get("default"):
        result["default"] = schema["default"]
    return result


def definition() -> Schema:
    """Returns the CustomResourceDefinition."""
    model = QuantumDevice.model_json_schema()
    root = structural(model, model["$defs"])
    root["properties"] |= COMMON_FIELDS
    root["required"] = ["spec"]
    root[VALIDATIONS] = [NAME_RULE]
    root["properties"]["spec"].setdefault(VALIDATIONS, []).append(DEVICE_ID_RULE)
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": printer_columns(),
        "schema": {"openAPIV3Schema": root},
    }
    names = {"kind": "QuantumDevice", "listKind": "QuantumDeviceList", "plural": PLURAL, "singular": "quantumdevice"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{PLURAL}.{GROUP}",
            "annotations": {SCHEMA_REVISION_ANNOTATION: str(SCHEMA_REVISION)},
        },
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": names | {"shortNames": ["qdev"], "categories": ["qdm"]},
            "versions": [version],
        },
    }


def printer_columns() -> list[Schema]:
    """Returns what `kubectl get` shows: is it up, and if not, why."""
    ready = '.status.conditions[?(@.type=="Ready")]'
    columns = [
        ("Device", "string", ".status.deviceId", "Name in the fleet", 0),
        ("Driver", "string", ".spec.driver", "Name of the driver", 0),
        ("Ready", "string", f"{ready}.status", "Whether the device can be used", 0),
        ("Reason", "string", f"{ready}.reason", "Why it is as it is", 0),
        ("State", "string", ".status.state", "State of the device, as callers are told", 0),
        ("Qubits", "integer", ".status.qubits", "Qubits of the device", 0),
        ("Age", "date", ".metadata.creationTimestamp", "Since when the resource exists", 0),
        ("Message", "string", f"{ready}.message", "Why it is as it is, in a sentence", 1),
        ("Pod", "string", ".status.pod.name", "Pod that has the device", 1),
        ("Node", "string", ".status.pod.node", "Node that the pod runs on", 1),
    ]
    return [
        {"name": name, "type": kind, "jsonPath": path, "description": description}
        | ({"priority": priority} if priority else {})
        for name, kind, path, description, priority in columns
    ]


def text() -> str:
    """Returns the finished file."""
    return HEAD + yaml.dump(definition(), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=118)


def _without_indirection(schema: Mapping[str, Any], definitions: Mapping[str, Schema]) -> Schema:
    """Follows references, and takes from "this or null" this; what is said beside them wins."""
    if "$ref" in schema:
        target = definitions[schema["$ref"].removeprefix("#/$defs/")]
        return _without_indirection(target, definitions) | {k: v for k, v in schema.items() if k != "$ref"}
    if "anyOf" in schema:
        (option,) = [option for option in schema["anyOf"] if option != {"type": "null"}]
        return _without_indirection(option, definitions) | {k: v for k, v in schema.items() if k != "anyOf"}
    return dict(schema)


def _has_defaults(schema: Schema) -> bool:
    return any("default" in part for part in schema.get("properties", {}).values())


class _PlainDumper(yaml.SafeDumper):
    """Writes equal parts out each time, since references between them would be hard to read."""

    def ignore_aliases(self, data: object) -> bool:
        """Says yes to all."""
        del data
        return True


def main() -> None:
    """Writes or verifies, as the command line says."""
    wanted = text()
    if sys.argv[1:] == ["--verify"]:
        if not TARGET.exists() or TARGET.read_text() != wanted:
            raise SystemExit(f"crds/{TARGET.name} differs from the model; run `make crds`")
        return
    TARGET.write_text(wanted)


if __name__ == "__main__":
    main()
