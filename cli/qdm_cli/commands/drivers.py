"""`qdm drivers`."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from qdm_cli.commands.drivers_check import check
from qdm_cli.commands.plugin_folders import plugin_folders, plugins_option
from qdm_cli.console import data_console, talk_console, write_json
from qdm_cli.inventory import InstalledDriver, Schema, driver_json, installed_drivers, schema_rows


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  qdm drivers --plugins ./my-drivers
  qdm drivers check lab --plugins ./my-drivers -f lab.yaml
""",
)
@plugins_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_context
def command(context: click.Context, *, plugins_dir: Path | None, as_json: bool) -> None:
    """List the installed drivers, and what driverConfig and --option may say to each.

    A driver that cannot be loaded is listed with the reason.
    """
    context.obj = plugins_dir
    context.default_map = {"check": {"as_json": as_json}}
    if context.invoked_subcommand is not None:
        return
    with talk_console(quiet=as_json).status("loading drivers"):
        drivers = installed_drivers(plugin_folders(plugins_dir))
    if as_json:
        write_json({"drivers": [driver_json(driver) for driver in drivers]})
        return
    console = data_console()
    for driver in drivers:
        _print_driver(console, driver)


command.add_command(check)


def _print_driver(console: Console, driver: InstalledDriver) -> None:
    console.print(f"{driver.name} {driver.version}".rstrip(), style="bold")
    if driver.error:
        console.print(f"  broken: {driver.error}", style="red", soft_wrap=True)
    else:
        console.print(f"  {driver.source}", style="dim", soft_wrap=True)
        _print_schema(console, "driverConfig", driver.config_schema or {})
        _print_schema(console, "--option", driver.options_schema or {})
    console.print()


def _print_schema(console: Console, title: str, schema: Schema) -> None:
    rows = schema_rows(schema)
    if not rows:
        console.print(f"  {title}: takes nothing")
        return
    table = Table(f"  {title}", "type", "default", "", box=None, pad_edge=False)
    for row in rows:
        table.add_row(f"  {row.field}", row.type, row.default, row.description)
    console.print(table)
