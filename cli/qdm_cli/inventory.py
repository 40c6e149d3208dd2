"""The installed drivers, with what they can be told."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from qdm_driver.discovery import Catalogue, DriverLoadError, discover, load_driver

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InstalledDriver:
    """A driver as installed; where ``error`` is not empty, it cannot be used and the rest is unknown."""

    name: str
    source: str
    version: str = ""
    config_schema: Schema | None = None
    options_schema: Schema | None = None
    error: str = ""


class SchemaRow(NamedTuple):
    """One field of a schema for people; ``field`` is a dotted path, ``default`` is JSON, "-" for none or "required"."""

    field: str
    type: str
    default: str
    description: str


def installed_drivers(plugin_folders: Iterable[Path]) -> list[InstalledDriver]:
    """Loads every driver there is; one that cannot be loaded says why and harms no other."""
    catalogue = discover(plugin_folders)
    return [_inspect(name, catalogue) for name in catalogue]


def _inspect(name: str, catalogue: Catalogue) -> InstalledDriver:
    source = ", ".join(map(str, catalogue[name]))
    try:
        driver = load_driver(name, catalogue)
    except DriverLoadError as error:
        return InstalledDriver(name, source, error=str(error))
    return InstalledDriver(
        name,
        source,
        driver.version,
        driver.config_model.model_json_schema(),
        driver.options_model.model_json_schema(),
    )


def driver_json(driver: InstalledDriver) -> dict[str, object]:
    """One element of ``qdm drivers --json``; the schemas are JSON Schema."""
    return {
        "name": driver.name,
        "source": driver.source,
        "version": driver.version or None,
        "error": driver.error or None,
        "config_schema": driver.config_schema,
        "options_schema": driver.options_schema,
    }


def schema_rows(schema: Schema) -> list[SchemaRow]:
    """Lists the fields of an object's JSON Schema, those of nested objects under dotted names."""
    return _rows(schema, schema.get("$defs", {}), prefix="")


def _rows(schema: Schema, definitions: Schema, *, prefix: str) -> list[SchemaRow]:
    rows = []
    for name, declared in schema.get("properties", {}).items():
        field = _resolve(declared, definitions)
        if "properties" in field:
            rows += _rows(field, definitions, prefix=f"{prefix}{name}.")
            continue
        required = name in schema.get("required", ())
        default = "required" if required else _default(declared.get("default"))
        rows.append(SchemaRow(prefix + name, _type(field, definitions), default, declared.get("description", "")))
    return rows


def _default(value: object) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)


def _resolve(schema: Schema, definitions: Schema) -> Schema:
    reference = schema.get("$ref", "")
    return definitions.get(reference.removeprefix("#/$defs/"), schema)  # type: ignore[no-any-return]


def _type(schema: Schema, definitions: Schema) -> str:
    if "anyOf" in schema:
        kinds = [_type(_resolve(item, definitions), definitions) for item in schema["anyOf"]]
        return " or ".join(kind for kind in kinds if kind != "null")
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {schema[key]}" for key, sign in bounds.items() if key in schema]
    return ", ".join([str(schema.get("type", schema.get("const", "any"))), *limits])
