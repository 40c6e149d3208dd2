"""Makes ``python -m qdm_cli`` the command ``qdm``: how a fleet starts its own children, whatever the PATH."""

from qdm_cli.main import main

main()
