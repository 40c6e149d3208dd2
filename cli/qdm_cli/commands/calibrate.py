"""`qdm calibrate`."""

import click
from rich.console import Console

from qdm_cli.client import connect
from qdm_cli.commands.calls import address_option, finish, json_option
from qdm_cli.commands.parameters import text
from qdm_cli.console import talk_console, write_json
from qdm_cli.progress import progress


@click.command(epilog="Example: qdm calibrate sim:local")
@click.argument("device", type=text)
@address_option
@json_option
def command(*, device: str, address: str, as_json: bool) -> None:
    """Calibrate DEVICE and print the reference of the result.

    The calibration waits for running jobs, and later jobs wait for it.
    """
    reference = finish(_calibrate(address, device, talk_console(quiet=as_json)), as_json=as_json)
    if as_json:
        write_json({"device_id": device, "calibration_ref": reference})
    else:
        click.echo(reference)


async def _calibrate(address: str, device: str, talk: Console) -> str:
    async with connect(address) as client:
        with progress(talk, f"calibrating {device}", total=1):
            return await client.calibrate(device)
