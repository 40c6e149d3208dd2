"""Settings of every program: environment variables with the prefix QDM_, checked once at the start."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qdm_driver.validation import validation_violations

PREFIX = "QDM_"

_HOST_PORT = r"(\[[0-9a-fA-F:]+\]|[^:\[\]/]+):\d{1,5}"

HostPort = Annotated[str, Field(pattern=f"^{_HOST_PORT}$")]
"""``HOST:PORT``; port 0 stands for any free one."""

GrpcAddress = Annotated[str, Field(pattern=f"^(unix:/.+|{_HOST_PORT})$")]
"""``HOST:PORT`` or ``unix:/path``."""


class ServerSettings(BaseSettings):
    """What every serving program can be told."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    listen: GrpcAddress = Field("0.0.0.0:50061", description="Where gRPC listens.")
    metrics_listen: HostPort = Field("0.0.0.0:9092", description="Where /metrics listens over HTTP.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe level logged.")
    max_message_bytes: int = Field(
        72 * 1024**2, ge=64 * 1024, le=2**31 - 1, description="Bytes of the largest gRPC message taken."
    )
    grace_seconds: float = Field(
        30, ge=0, description="Seconds that calls in progress may still take after a stop was asked for."
    )
    stop_on_eof: bool = Field(
        default=False,
        description="Stop when standard input ends: ties the program to the life of the one that started it.",
    )


SettingsT = TypeVar("SettingsT", bound=BaseSettings)
ParsedT = TypeVar("ParsedT")


def load_settings(model: type[SettingsT]) -> SettingsT:
    """Reads the settings from the environment, or ends the process with exit code 2, naming each wrong variable."""
    try:
        return model()
    except ValidationError as error:
        _refuse(error)


def load_file(variable: str, file: Path, parse: Callable[[bytes], ParsedT]) -> ParsedT:
    """Reads the file that a variable names, or ends the process with exit code 2, saying what is wrong with it."""
    try:
        return parse(file.read_bytes())
    except ValidationError as error:
        problems = "; ".join(f"{field}: {text}" for field, text in validation_violations(error, "the file"))
    except OSError as error:
        problems = error.strerror or "cannot be read"
    sys.stderr.write(f"{variable}: {problems}\n")
    raise SystemExit(2)


def _refuse(error: ValidationError) -> NoReturn:
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        variable = PREFIX + "__".join(map(str, problem["loc"])).upper()
        sys.stderr.write(f"{variable}: {problem['msg']}\n")
    raise SystemExit(2)
