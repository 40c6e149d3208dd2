"""What a fleet consists of: from manifests and options to children, their settings and their files."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from qdm_cli.fleet.manifests import Manifest, Problem
from qdm_common.manifest import HostedDevice


@dataclass(frozen=True, slots=True)
class Programs:
    """The command lines of the two programs."""

    sidecar: tuple[str, ...] = (sys.executable, "-m", "qdm_cli", "sidecar")
    facade: tuple[str, ...] = (sys.executable, "-m", "qdm_cli", "facade")


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """What one may choose of a fleet; addresses are final, so port 0 stands for "any" in metrics only.

    ``data`` holds a folder a device that survives the fleet, ``secrets`` a folder a Secret; where ``logs`` is unset,
    the children log to the supervisor's standard error.
    """

    run_dir: Path
    listen: str
    metrics_listen: str
    data: Path
    secrets: Path | None = None
    logs: Path | None = None


class ChildSpec(NamedTuple):
    """One process: its name for people, its command, its settings, its log."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path | None


class FleetPlan(NamedTuple):
    """A fleet ready to start; ``files`` are to be written first, ``problems`` tell which devices are left out."""

    devices: tuple[HostedDevice, ...]
    sidecars: tuple[ChildSpec, ...]
    facade: ChildSpec
    files: Mapping[Path, str]
    problems: tuple[Problem, ...]


def plan_fleet(manifests: Iterable[Manifest], options: FleetOptions, programs: Programs) -> FleetPlan:
    """Plans a sidecar for every device whose credentials are there, and a facade in front of them."""
    devices: list[HostedDevice] = []
    sidecars: list[ChildSpec] = []
    routes: list[dict[str, str]] = []
    problems: list[Problem] = []
    files: dict[Path, str] = {}
    for manifest in manifests:
        secrets = _secrets_of(manifest, options.secrets)
        if isinstance(secrets, Problem):
            problems.append(secrets)
            continue
        index = len(devices)
        device = HostedDevice.of(manifest.device)
        device_file = options.run_dir / f"{index}.json"
        address = f"unix:{options.run_dir}/{index}.sock"
        environment = {
            "QDM_LISTEN": address,
            "QDM_METRICS_LISTEN": _port_after(options.metrics_listen, 1 + index),
            "QDM_DEVICE_FILE": str(device_file),
            "QDM_DATA_DIR": str(options.data / manifest.device.metadata.name),
            "TMPDIR": str(options.run_dir),  # what a killed sidecar leaves goes with the fleet
        }
        if secrets is not None:
            environment["QDM_SECRETS_DIR"] = str(secrets)
        log = options.logs / f"{manifest.device.metadata.name}.log" if options.logs else None
        devices.append(device)
        sidecars.append(ChildSpec(f"sidecar of {device.device_id}", programs.sidecar, environment, log))
        routes.append({"device_id": device.device_id, "display_name": device.display_name, "address": address})
        files[device_file] = device.model_dump_json(by_alias=True)
    routes_file = options.run_dir / "routes.json"
    files[routes_file] = json.dumps({"routes": routes})
    facade_environment = {
        "QDM_LISTEN": options.listen,
        "QDM_METRICS_LISTEN": options.metrics_listen,
        "QDM_ROUTES_FILE": str(routes_file),
        "QDM_DRAIN_SECONDS": "0",
    }
    log = options.logs / "qdm-facade.log" if options.logs else None
    facade = ChildSpec("facade", programs.facade, facade_environment, log)
    return FleetPlan(tuple(devices), tuple(sidecars), facade, files, tuple(problems))


def _secrets_of(manifest: Manifest, secrets: Path | None) -> Path | Problem | None:
    reference = manifest.device.spec.secret_ref
    if reference is None:
        return None
    if secrets is None:
        text = f"needs the credentials {reference.name!r}; tell their folder with --secrets"
        return Problem(manifest.place, "spec.secretRef", f"{text}; this device is not started")
    folder = secrets / reference.name
    if not folder.is_dir():
        text = f"the folder {folder} is missing; put one file a credential there"
        return Problem(manifest.place, "spec.secretRef", f"{text}; this device is not started")
    return folder


def _port_after(listen: str, offset: int) -> str:
    host, _, port = listen.rpartition(":")
    return listen if port == "0" else f"{host}:{int(port) + offset}"
