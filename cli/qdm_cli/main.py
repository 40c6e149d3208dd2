"""The command ``qdm``: imports a command's module only when that command is called, so that each starts fast."""

import importlib
import os
import signal
import sys

import click

from qdm_cli.exit_codes import MEANINGS, Exit
from qdm_cli.streams import OutputLostError, set_up_streams

_SECTIONS = {
    "Work with a fleet": {
        "devices": "List the devices of the fleet.",
        "status": "Show the status of a device, and the reason for it.",
        "run": "Run circuits on a device and print the counts.",
        "calibrate": "Calibrate a device.",
    },
    "Work with files": {
        "convert": "Convert an AQO document between JSON and protobuf.",
    },
    "Run a fleet": {
        "up": "Run a fleet of devices on this machine.",
        "drivers": "List the installed drivers and what they can be told.",
    },
    "Single programs, as a cluster runs them": {
        "facade": "Run a facade.",
        "operator": "Run an operator.",
        "sidecar": "Run the sidecar of one device.",
    },
}


class _Commands(click.Group):
    """Finds commands by name, and shows them in sections."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Returns the names in the order of the help."""
        return [name for section in _SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"qdm_cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Writes the sections; imports nothing."""
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), meaning) for code, meaning in MEANINGS.items()])


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
A first session:
  qdm up -f examples/fleet.yaml                      in one terminal
  qdm devices                                        in another
  qdm run examples/bell.qasm --device sim:local
`qdm COMMAND --help` has the options and more examples.
""",
)
@click.version_option(package_name="qdm", message="%(prog)s %(version)s")
def qdm() -> None:
    """Run circuits on quantum devices, through one contract for all of them."""


def main() -> None:
    """Runs the command line and ends the process with one of the documented exit codes."""
    if os.getpid() == 1:
        # The first process of a container is sent no signal that it has no handler for: until a server has its own, an
        # order to stop would be lost.
        signal.signal(signal.SIGTERM, lambda number, _: os._exit(128 + number))
    set_up_streams()
    try:
        try:
            code = qdm.main(prog_name="qdm", standalone_mode=False)
        finally:
            sys.stdout.flush()
        sys.exit(code)
    except OutputLostError as error:
        if error.nobody_reads:
            sys.exit(Exit.NOBODY_READS)
        sys.stderr.write(f"qdm: the output cannot be written: {error}\n")
        sys.exit(Exit.OUTPUT)
    except click.Abort:
        sys.exit(Exit.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.USAGE)
