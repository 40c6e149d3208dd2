"""`qdm operator`."""

import click

from qdm_cli.program import Program
from qdm_operator.main import main
from qdm_operator.settings import OperatorSettings


@click.command(
    cls=Program,
    settings=OperatorSettings,
    epilog="Example: KUBECONFIG=~/.kube/config QDM_SIDECAR_IMAGE=qdm-sidecar-simulator qdm operator",
)
def command() -> None:
    """Run an operator in the foreground."""
    main()
