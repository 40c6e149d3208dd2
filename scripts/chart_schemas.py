"""Writes charts/schemas/: what the API server takes, for just the kinds that the chart renders.

``kubectl get --raw /openapi/v2 | python scripts/chart_schemas.py``, with the API server of `make api`. kubeconform
checks the rendered chart against these files, since the public ones would have to be fetched. Unknown fields are
refused, as ``kubectl apply`` does; descriptions are left out.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "charts/schemas"

_API = "io.k8s.api"
KINDS = {
    "clusterrole-rbac-v1": f"{_API}.rbac.v1.ClusterRole",
    "clusterrolebinding-rbac-v1": f"{_API}.rbac.v1.ClusterRoleBinding",
    "customresourcedefinition-apiextensions-v1": (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition"
    ),
    "deployment-apps-v1": f"{_API}.apps.v1.Deployment",
    "networkpolicy-networking-v1": f"{_API}.networking.v1.NetworkPolicy",
    "pod-v1": f"{_API}.core.v1.Pod",
    "poddisruptionbudget-policy-v1": f"{_API}.policy.v1.PodDisruptionBudget",
    "role-rbac-v1": f"{_API}.rbac.v1.Role",
    "rolebinding-rbac-v1": f"{_API}.rbac.v1.RoleBinding",
    "service-v1": f"{_API}.core.v1.Service",
    "serviceaccount-v1": f"{_API}.core.v1.ServiceAccount",
}

# What OpenAPI 2 cannot say: these are written as a number or a text, or are any JSON at all.
_NUMBER_OR_TEXT = {"type": ["string", "number"]}
_SPECIAL: dict[str, dict[str, Any]] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["string", "integer"]},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _NUMBER_OR_TEXT,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": {},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": {},
}
_REFERENCE = "#/definitions/"
_KEPT = ("type", "format", "enum", "required")

Schema = dict[str, Any]


def files(openapi: Mapping[str, Any]) -> dict[str, str]:
    """Returns name and text of every file; one line a definition, so that a change can be read."""
    definitions: Mapping[str, Schema] = openapi["definitions"]
    texts = {}
    for file, root in KINDS.items():
        needed = _reached(root, definitions)
        lines = ",\n".join(f"{json.dumps(name)}: {_line(_schema(name, definitions))}" for name in sorted(needed))
        texts[f"{file}.json"] = f'{{"$ref": {json.dumps(_REFERENCE + root)}, "definitions": {{\n{lines}\n}}}}\n'
    return texts


def _schema(name: str, definitions: Mapping[str, Schema]) -> Schema:
    return _SPECIAL[name] if name in _SPECIAL else _translated(definitions[name])


def _translated(schema: Schema) -> Schema:
    result: Schema = {key: schema[key] for key in _KEPT if key in schema}
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if "properties" in schema:
        result["properties"] = {name: _translated(part) for name, part in sorted(schema["properties"].items())}
        result["additionalProperties"] = False
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = _translated(schema["additionalProperties"])
    if "items" in schema:
        result["items"] = _translated(schema["items"])
    return result


def _reached(root: str, definitions: Mapping[str, Schema]) -> set[str]:
    """Returns the names of all definitions that one refers to, with its own."""
    reached: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += _referred(_schema(name, definitions))
    return reached


def _referred(schema: object) -> list[str]:
    match schema:
        case {"$ref": str() as target}:
            return [target.removeprefix(_REFERENCE)]
        case dict():
            return [name for part in schema.values() for name in _referred(part)]
        case list():
            return [name for part in schema for name in _referred(part)]
    return []


def _line(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True, separators=(",", ":"))


def main() -> None:
    """Writes the files."""
    TARGET.mkdir(exist_ok=True)
    for name, text in files(json.load(sys.stdin)).items():
        (TARGET / name).write_text(text)


if __name__ == "__main__":
    main()
