"""What the commands that call a fleet have in common: two options, and how a failure is reported."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import TypeVar

import click

from qdm_cli.commands import parameters
from qdm_cli.console import say, talk_console, write_json
from qdm_cli.exit_codes import exit_of
from qdm_cli.failures import CallError, Failure, failure_json, hint

ResultT = TypeVar("ResultT")

DEFAULT_ADDRESS = "127.0.0.1:50061"

address_option = click.option(
    "--address",
    metavar="HOST:PORT",
    envvar="QDM_ADDRESS",
    type=parameters.address,
    default=DEFAULT_ADDRESS,
    show_default=True,
    show_envvar=True,
    help="Where the fleet answers; unix:/path for a socket.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs, errors too.")


def finish(work: Coroutine[None, None, ResultT], *, as_json: bool) -> ResultT:
    """Does the work; where a call fails, reports that and ends with its exit code."""
    try:
        return asyncio.run(work)
    except CallError as error:
        if as_json:
            write_json({"error": failure_json(error.failure)})
        else:
            report(error.failure)
        sys.exit(exit_of(error.failure.code))


def report(failure: Failure, *, about: str = "") -> None:
    """Tells people what failed, in a sentence with a hint."""
    say(talk_console(), f"{about}: {failure.message}" if about else failure.message, hint=hint(failure))
