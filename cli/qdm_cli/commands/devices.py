"""`qdm devices`."""

import click

from qdm_cli.client import connect
from qdm_cli.commands.calls import address_option, finish, json_option
from qdm_cli.console import data_console, write_json
from qdm_cli.shapes import device_json
from qdm_cli.tables import devices_table
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb


@click.command(epilog="Example: qdm devices --json | jq '.devices[].device_id'")
@address_option
@json_option
def command(*, address: str, as_json: bool) -> None:
    """List the devices of the fleet: what each can do and is doing."""
    devices = finish(_devices(address), as_json=as_json)
    if as_json:
        write_json({"devices": [device_json(device) for device in devices]})
    else:
        data_console().print(devices_table(devices))


async def _devices(address: str) -> list[pb.DeviceInfo]:
    async with connect(address) as client:
        return await client.devices()
