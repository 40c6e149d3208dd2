"""Where output goes: data to standard output, everything else to standard error."""

import json
import sys

import click
from rich.console import Console

_WIDTH_OF_A_PIPE = 200


def data_console() -> Console:
    """A console for data; a pipe gets whole lines, never ones cut to a terminal's width."""
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    return Console(width=width, markup=False, emoji=False, highlight=False)


def talk_console(*, quiet: bool = False) -> Console:
    """A console for errors, notes and progress; a ``quiet`` one shows nothing."""
    return Console(stderr=True, quiet=quiet, markup=False, emoji=False, highlight=False, soft_wrap=True)


def speaks_unicode(console: Console) -> bool:
    """Tells whether the terminal shows more than ASCII."""
    return console.encoding.lower().startswith("utf")


def write_json(value: object) -> None:
    """Writes one value as one line of JSON, in ASCII where the output's encoding may lack a letter."""
    click.echo(json.dumps(value, ensure_ascii=not sys.stdout.encoding.lower().startswith("utf")))


def say(console: Console, text: str, *, hint: str = "") -> None:
    """Says one sentence on the console, and below it what to do next."""
    console.print(f"qdm: {text}")
    if hint:
        console.print(f"     {hint}", style="dim")
