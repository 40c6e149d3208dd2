"""A change to the schema is a new revision, or an operator could not tell a CRD that is older than itself."""

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from qdm_common.manifest import SCHEMA_REVISION, SCHEMA_REVISION_ANNOTATION

CRD = Path(__file__).parents[3] / "crds" / "quantumdevices.qdm.eigen-os.io.yaml"

# Revision: fingerprint of its schema. A row is never changed, once it was released.
REVISIONS = {
    1: "a0dbd5d01dc8fbfcd97c2d0ab3ec7ad06123e5afe8731d705f743c813bd79de5",
}


def meaning(schema: Any) -> Any:
    """What the schema takes and keeps; how it is described is not part of that."""
    if isinstance(schema, dict):
        return {
            key: meaning(value)
            for key, value in schema.items()
            if not (key in {"description", "message"} and isinstance(value, str))
        }
    return [meaning(item) for item in schema] if isinstance(schema, list) else schema


def fingerprint(schema: Any) -> str:
    return hashlib.sha256(json.dumps(meaning(schema), sort_keys=True).encode()).hexdigest()


def test_whoever_changes_the_schema_adds_a_revision() -> None:
    definition = yaml.safe_load(CRD.read_text())
    (version,) = definition["spec"]["versions"]
    assert fingerprint(version["schema"]["openAPIV3Schema"]) == REVISIONS[SCHEMA_REVISION], (
        "the schema changed: raise SCHEMA_REVISION in qdm_common/manifest.py and add its row here"
    )


def test_the_revision_stands_on_the_definition() -> None:
    annotations = yaml.safe_load(CRD.read_text())["metadata"]["annotations"]
    assert annotations[SCHEMA_REVISION_ANNOTATION] == str(SCHEMA_REVISION)


def test_revisions_are_counted_from_one() -> None:
    assert sorted(REVISIONS) == list(range(1, SCHEMA_REVISION + 1))


def test_a_better_description_is_no_revision() -> None:
    one: dict[str, Any] = {"type": "string", "description": "One."}
    assert fingerprint(one) == fingerprint(one | {"description": "Another."})
    assert fingerprint(one) != fingerprint(one | {"maxLength": 1})
    assert fingerprint({"properties": {"message": one}}) != fingerprint({"properties": {}})
