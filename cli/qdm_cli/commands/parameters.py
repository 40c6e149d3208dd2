"""What goes on the wire as the command line has it; each function raises click.BadParameter for what cannot."""

from contextlib import suppress

import click

from qdm_cli.fleet.addresses import GRPC_ADDRESS, checked

_YEAR = 365 * 86_400


def text(value: str) -> str:
    """Returns text that a message can hold: the bytes of an argument need not be UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("is no UTF-8 text.") from None
    return value


def address(value: str) -> str:
    """Returns an address that a server can answer at."""
    try:
        return checked(value, GRPC_ADDRESS)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no address; give HOST:PORT or unix:/path.") from None


def seconds(value: str) -> float:
    """Returns seconds that a deadline can be set to."""
    with suppress(ValueError):
        if 0 < (given := float(value)) <= _YEAR:
            return given
    raise click.BadParameter(f"{value!r} is no time; give seconds above 0, at most a year's.")
