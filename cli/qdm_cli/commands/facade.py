"""`qdm facade`."""

import click

from qdm_cli.program import Program
from qdm_facade.main import main
from qdm_facade.settings import FacadeSettings


@click.command(
    cls=Program,
    settings=FacadeSettings,
    epilog="Example: QDM_ROUTES_FILE=routes.json qdm facade; in a cluster just: qdm facade",
)
def command() -> None:
    """Run a facade in the foreground."""
    main()
