"""A command that runs a program set by QDM_ variables, and shows them in its help."""

from typing import Any

import click
from pydantic.fields import FieldInfo

from qdm_common.settings import PREFIX, ServerSettings


class Program(click.Command):
    """Lists the variables of ``settings`` below the options."""

    def __init__(self, *args: Any, settings: type[ServerSettings], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settings = settings

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the options and the variables."""
        super().format_options(ctx, formatter)
        required_first = sorted(self._settings.model_fields.items(), key=lambda item: not item[1].is_required())
        with formatter.section("Settings, from the environment"):
            formatter.write_dl(
                [(PREFIX + name.upper(), f"{field.description}  [{_default(field)}]") for name, field in required_first]
            )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return f"default: {'-' if default in {None, ''} else default}"
