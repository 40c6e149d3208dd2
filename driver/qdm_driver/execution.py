"""Options of an execution, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema


class ExecutionOptions(BaseModel):
    """Base of every driver's execution options: subclass it with one documented field an option.

    Options arrive as strings and are coerced to the field's type; unknown keys are refused before the driver is
    called. Where the driver sets ``accepts_symbols``, unknown keys are taken for values of the circuit's symbols and
    arrive in ``symbols``; the driver then refuses those that the circuit does not name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accepts_symbols: ClassVar[bool] = False

    provider_profile: str | None = Field(None, description="Set by the kernel on every call; changes nothing.")
    symbols: SkipJsonSchema[Mapping[str, str]] = Field(default_factory=dict, exclude=True)


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """Normalised counts of one execution.

    Every key of ``counts`` is a string of '0' and '1' of one common width whose rightmost character is classical
    bit 0; the values are positive and add up to the shots. ``execution_time_sec`` is the time the backend worked,
    without waiting. ``metadata`` holds facts about the execution; the host adds ``driver``.
    """

    counts: Mapping[str, int]
    execution_time_sec: float
    metadata: Mapping[str, str] = field(default_factory=dict)
