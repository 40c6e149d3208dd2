"""The installed drivers, with what they can be told."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

from qdm_driver.discovery import discover

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


def installed_drivers(plugin_folders: Iterable[Path], *, seconds: float = 60.0) -> list[InstalledDriver]:
    """Loads every driver there is, each in a process of its own, all at once.

    One that cannot be loaded, or not within the time, says why and harms no other.
    """
    folders = tuple(plugin_folders)
    with ExitStack() as stack:
        inspections = [
            stack.enter_context(_Inspection(name, ", ".join(map(str, sources)), folders, seconds))
            for name, sources in discover(folders).items()
        ]
        return [inspection.result() for inspection in inspections]


class _Inspection:
    """A process that loads one driver; it ends with the context, and what the driver started with it."""

    def __init__(self, name: str, source: str, folders: Iterable[Path], seconds: float) -> None:
        self._name = name
        self._source = source
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the context; no reader hangs on a file
        self._process = subprocess.Popen(  # noqa: S603 - this very package
            [sys.executable, "-m", "qdm_cli.inspection", name, *map(str, folders)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            process_group=0,
            stdin=subprocess.DEVNULL,
            stdout=self._answer,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._answer.close()

    def result(self) -> InstalledDriver:
        """Returns what the process told of the driver, or what became of it."""
        try:
            code = self._process.wait(max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return self._broken(f"it takes longer than {self._seconds:g} s")
        self._answer.seek(0)
        if told := self._answer.read():
            return InstalledDriver(self._name, self._source, **json.loads(told))
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return self._broken(f"its process ended meanwhile ({how})")

    def _broken(self, problem: str) -> InstalledDriver:
        error = f"driver {self._name!r} ({self._source}) cannot be loaded: {problem}"
        return InstalledDriver(self._name, self._source, error=error)


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
