"""`qdm up`."""

import asyncio
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NoReturn

import click
from pydantic import TypeAdapter

from qdm_cli.client import connect
from qdm_cli.commands.calls import DEFAULT_ADDRESS
from qdm_cli.console import data_console, say, talk_console
from qdm_cli.exit_codes import Exit
from qdm_cli.fleet.addresses import GRPC_ADDRESS, HTTP_ADDRESS, claim, dial_address
from qdm_cli.fleet.data_folder import owned
from qdm_cli.fleet.fleet import Fleet, run_folder
from qdm_cli.fleet.lifetime import run_until_stopped
from qdm_cli.fleet.manifests import Manifest, read_manifests, without_duplicates
from qdm_cli.fleet.plan import FleetOptions, FleetPlan, Programs, plan_fleet
from qdm_cli.fleet.readiness import until_ready
from qdm_cli.progress import progress
from qdm_cli.streams import OutputLostError
from qdm_cli.tables import fleet_table
from qdm_common.settings import ServerSettings, load_settings

_MARGIN_SECONDS = 5.0
_PATIENCE_SECONDS = 60.0


@click.command(
    epilog="""\b
Examples:
  qdm up -f examples/fleet.yaml
  qdm up -f lab.yaml -f simulators.yaml --secrets ./secrets --data ./data
Then, in another terminal:
  qdm devices
  qdm run examples/bell.qasm --device sim:local
"""
)
@click.option(
    "-f",
    "--file",
    "files",
    metavar="FILE",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="QuantumDevice manifests, the very YAML for Kubernetes; may be given several times.",
)
@click.option(
    "--listen", metavar="HOST:PORT", default=DEFAULT_ADDRESS, show_default=True, help="Where the facade listens."
)
@click.option(
    "--metrics-listen",
    metavar="HOST:PORT",
    default="127.0.0.1:9092",
    show_default=True,
    help="Where the facade serves /metrics; each sidecar takes the next port.",
)
@click.option(
    "--secrets",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True),
    help="Folder with a folder for each secretRef, one file a credential.",
)
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
    help="Folder for jobs, calibrations and logs that are to be kept.",
)
@click.option("--log", "log_here", is_flag=True, help="Print all logs here instead of writing them to files.")
def command(
    *,
    files: tuple[Path, ...],
    listen: str,
    metrics_listen: str,
    secrets: Path | None,
    data: Path | None,
    log_here: bool,
) -> None:
    """Run a fleet of devices on this machine, in the foreground.

    One sidecar process a device, and a facade in front. A process that dies is started again. Ctrl-C lets calls in
    progress finish and stops everything; a second Ctrl-C kills.
    """
    settings = load_settings(ServerSettings)
    manifests = _read(files)
    with run_folder() as run_dir, ExitStack() as claims:
        kept = data or run_dir / "data"
        lock = _owned(kept, claims)
        listen = _usable("--listen", listen, GRPC_ADDRESS, claims)
        _usable("--metrics-listen", metrics_listen, HTTP_ADDRESS, claims)
        options = FleetOptions(run_dir, listen, metrics_listen, kept, secrets, None if log_here else kept)
        plan = plan_fleet(manifests, options, Programs())
        _check(plan, claims)
        asyncio.run(_serve(plan, listen, lock, grace=settings.grace_seconds + _MARGIN_SECONDS))


def _read(files: tuple[Path, ...]) -> tuple[Manifest, ...]:
    read = read_manifests(files)
    if read.problems:
        _refuse(*map(str, read.problems))
    unique = without_duplicates(read.devices)
    _warn(*map(str, unique.problems))
    return unique.devices


def _check(plan: FleetPlan, claims: ExitStack) -> None:
    _warn(*map(str, plan.problems))
    if not plan.devices:
        _refuse("no device is left to start")
    for child in plan.sidecars:
        metrics_listen = child.environment["QDM_METRICS_LISTEN"]
        _usable(f"--metrics-listen, for the {child.name}", metrics_listen, HTTP_ADDRESS, claims)


def _usable(option: str, address: str, kind: TypeAdapter[str], claims: ExitStack) -> str:
    try:
        return claim(address, kind, claims)
    except ValueError:
        _refuse(f"{option}: {address} is no address to listen on; give HOST:PORT")
    except OSError as error:
        question = "is it given twice, or is another fleet running? Port 0 takes any free one"
        _refuse(f"{option}: {address}: {error.strerror}; {question}")


def _owned(data: Path, claims: ExitStack) -> int:
    try:
        return claims.enter_context(owned(data))
    except BlockingIOError:
        _refuse(f"--data: {data} is in use by another fleet; stop that one, or name another folder")
    except OSError as error:
        _refuse(f"--data: nothing can be written to {data}: {error.strerror}")


async def _serve(plan: FleetPlan, listen: str, lock: int, *, grace: float) -> None:
    talk = talk_console()

    def tell(text: str) -> None:
        say(talk, text)

    fleet = Fleet(plan, tell, inherited=(lock,))

    async def announce() -> None:
        device_ids = [device.device_id for device in plan.devices]
        address = dial_address(listen)
        async with connect(address) as client:
            with progress(talk, "starting devices", total=len(device_ids)) as advance:
                statuses = await until_ready(
                    client,
                    device_ids,
                    lambda done: advance(done, "starting devices"),
                    facade_runs=lambda: fleet.facade_runs,
                    seconds=_PATIENCE_SECONDS,
                )
        with suppress(OutputLostError):
            console = data_console()
            console.print(fleet_table(plan.devices, statuses))
            console.print(f"ready: {listen}", style="bold green")
        at = "" if listen == DEFAULT_ADDRESS else f" --address {address}"
        say(talk, f"try `qdm devices{at}` or `qdm run FILE --device {device_ids[0]}{at}`; Ctrl-C stops the fleet")

    logs = "are printed here" if plan.facade.log is None else f"go to {plan.facade.log.parent}"
    names = ", ".join(device.device_id for device in plan.devices)
    tell(f"starting {names} and the facade; their logs {logs}")
    await run_until_stopped(fleet, announce, tell, grace=grace)


def _warn(*sentences: str) -> None:
    talk = talk_console()
    for sentence in sentences:
        say(talk, sentence)


def _refuse(*sentences: str) -> NoReturn:
    _warn(*sentences)
    sys.exit(Exit.USAGE)
