"""`qdm sidecar`."""

import click

from qdm_cli.program import Program
from qdm_sidecar.main import main
from qdm_sidecar.settings import SidecarSettings


@click.command(
    cls=Program, settings=SidecarSettings, epilog="Example: QDM_DEVICE_FILE=device.json QDM_DATA_DIR=data qdm sidecar"
)
def command() -> None:
    """Run the sidecar of one device in the foreground."""
    main()
