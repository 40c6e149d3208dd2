"""Turns what a request or a manifest says into a driver's own typed configuration and options."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from qdm_driver.config import DeviceContext, DriverConfig
from qdm_driver.errors import InvalidRequestError, Violation
from qdm_driver.execution import ExecutionOptions

ModelT = TypeVar("ModelT", bound=BaseModel)


def parse_config(model: type[DriverConfig], driver_config: Mapping[str, object], device: DeviceContext) -> DriverConfig:
    """Returns the typed configuration. Raises InvalidRequestError with one violation a wrong or unknown field."""
    if "device" in driver_config:
        raise InvalidRequestError(Violation("driverConfig.device", "reserved for the host; remove it"))
    return _validate(model, {**driver_config, "device": device}, place="driverConfig")


def parse_options(model: type[ExecutionOptions], options: Mapping[str, str]) -> ExecutionOptions:
    """Returns the typed options. Raises InvalidRequestError with one violation a wrong or unknown key.

    A key of the schema is an option; any other is the value of a symbol where the schema accepts symbols.
    """
    keys = model.model_fields.keys() - {"symbols"}
    known = {key: value for key, value in options.items() if key in keys}
    rest = {key: value for key, value in options.items() if key not in keys}
    if rest and not model.accepts_symbols:
        sentence = f"unknown option; this driver takes {', '.join(sorted(keys))}"
        raise InvalidRequestError(*(Violation(f"options.{key}", sentence) for key in sorted(rest)))
    return _validate(model, {**known, "symbols": rest}, place="options")


def _validate(model: type[ModelT], values: Mapping[str, object], *, place: str) -> ModelT:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InvalidRequestError(*validation_violations(error, place)) from None


def validation_violations(error: ValidationError, place: str) -> list[Violation]:
    """Lists what a pydantic model refused; the refused values themselves, which may be secret, are left out."""
    return [
        Violation(
            ".".join([place, *map(str, problem["loc"])]),
            "unknown field; remove it" if problem["type"] == "extra_forbidden" else problem["msg"],
        )
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
    ]
