"""A fleet of stand-ins in the foreground. Arguments: the ledger, the grace in seconds, and a comma list of behaviours
for the facade and for each sidecar. One that is to log does so to a file of its name in the ledger's folder.
"""

import asyncio
import sys
from pathlib import Path

from qdm_cli.fleet.fleet import Fleet, run_folder
from qdm_cli.fleet.lifetime import run_until_stopped
from qdm_cli.fleet.plan import ChildSpec, FleetPlan

ledger, grace, *behaviours = sys.argv[1:]


def child(name: str, behaviour: str) -> ChildSpec:
    command = (sys.executable, str(Path(__file__).with_name("stand_in.py")), name, ledger, *behaviour.split(","))
    return ChildSpec(name, command, {}, Path(ledger).with_name(name) if "logs" in behaviour else None)


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


async def announce() -> None:
    tell("announced")


with run_folder() as folder:
    sidecars = tuple(child(f"sidecar-{index}", behaviour) for index, behaviour in enumerate(behaviours[1:]))
    plan = FleetPlan((), sidecars, child("facade", behaviours[0]), {folder / "routes.json": "{}"}, ())
    tell(f"folder {folder}")
    asyncio.run(run_until_stopped(Fleet(plan, tell), announce, tell, grace=float(grace)))
