"""Loads one driver in a process that nothing else depends on, and tells what can be told to the driver.

Started as ``python -m qdm_cli.inspection NAME FOLDER...``. The answer is JSON on standard output; what the driver
prints goes to standard error.
"""

import json
import os
import sys
from pathlib import Path

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema

from qdm_driver.discovery import DriverLoadError, discover, load_driver


class _AnySchema(GenerateJsonSchema):
    """Describes a field of a type that JSON Schema does not know as one that takes anything."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as in the base

    def handle_invalid_for_json_schema(self, schema: CoreSchema, error_info: str) -> JsonSchemaValue:  # noqa: ARG002
        return {}


def main() -> None:
    """Writes the answer and ends, whatever the driver left running."""
    with os.fdopen(os.dup(1), "w") as answer:
        os.dup2(2, 1)
        answer.write(json.dumps(_inspect(sys.argv[1], [Path(folder) for folder in sys.argv[2:]])))
    os._exit(0)


def _inspect(name: str, folders: list[Path]) -> dict[str, object]:
    try:
        driver = load_driver(name, discover(folders))
    except DriverLoadError as error:
        return {"error": str(error)}
    return {
        "version": driver.version,
        "config_schema": driver.config_model.model_json_schema(schema_generator=_AnySchema),
        "options_schema": driver.options_model.model_json_schema(schema_generator=_AnySchema),
    }


if __name__ == "__main__":
    main()
