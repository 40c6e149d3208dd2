"""`qdm status`."""

import click

from qdm_cli.client import connect
from qdm_cli.commands.calls import address_option, finish, json_option
from qdm_cli.commands.parameters import text
from qdm_cli.console import data_console, write_json
from qdm_cli.shapes import status_json
from qdm_cli.tables import status_table
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb


@click.command(epilog="Example: qdm status sim:local")
@click.argument("device", type=text)
@address_option
@json_option
def command(*, device: str, address: str, as_json: bool) -> None:
    """Show the status of DEVICE, and the reason for it."""
    status = finish(_status(address, device), as_json=as_json)
    if as_json:
        write_json(status_json(status))
    else:
        data_console().print(status_table(status))


async def _status(address: str, device: str) -> pb.DeviceStatusResponse:
    async with connect(address) as client:
        return await client.status(device)
