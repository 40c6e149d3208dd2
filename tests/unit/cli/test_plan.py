import json
from pathlib import Path

import pytest

from qdm_cli.fleet.addresses import dial_address
from qdm_cli.fleet.manifests import Manifest, Place
from qdm_cli.fleet.plan import FleetOptions, FleetPlan, Programs, plan_fleet
from qdm_common.manifest import HostedDevice, QuantumDevice

RUN = Path("/run/q")
PROGRAMS = Programs(sidecar=("sidecar",), facade=("facade",))


def manifest(name: str, **spec: object) -> Manifest:
    resource = {
        "apiVersion": "qdm.eigen-os.io/v1alpha1",
        "kind": "QuantumDevice",
        "metadata": {"name": name},
        "spec": {"driver": "simulator", **spec},
    }
    return Manifest(Place("fleet.yaml", 1), QuantumDevice.model_validate(resource))


def planned(*manifests: Manifest, metrics: str = "127.0.0.1:9092", secrets: Path | None = None) -> FleetPlan:
    options = FleetOptions(RUN, "127.0.0.1:50061", metrics, Path("/data"), secrets, logs=Path("/logs"))
    return plan_fleet(manifests, options, PROGRAMS)


def test_a_sidecar_finds_its_device_its_socket_and_its_data() -> None:
    plan = planned(manifest("a"), manifest("b", deviceId="sim:b", displayName="B"))
    second = plan.sidecars[1]
    assert second.name == "sidecar of sim:b"
    assert second.command == ("sidecar",)
    assert second.environment == {
        "QDM_LISTEN": "unix:/run/q/1.sock",
        "QDM_METRICS_LISTEN": "127.0.0.1:9094",
        "QDM_DEVICE_FILE": "/run/q/1.json",
        "QDM_DATA_DIR": "/data/b",
        "TMPDIR": "/run/q",
    }
    assert second.log == Path("/logs/b.log")
    assert HostedDevice.model_validate_json(plan.files[RUN / "1.json"]) == plan.devices[1]


def test_the_facade_finds_every_sidecar() -> None:
    plan = planned(manifest("a"), manifest("b", deviceId="sim:b", displayName="B"))
    assert plan.facade.environment == {
        "QDM_LISTEN": "127.0.0.1:50061",
        "QDM_METRICS_LISTEN": "127.0.0.1:9092",
        "QDM_ROUTES_FILE": "/run/q/routes.json",
        "QDM_DRAIN_SECONDS": "0",
    }
    assert json.loads(plan.files[RUN / "routes.json"]) == {
        "routes": [
            {"device_id": "a", "display_name": "a", "address": "unix:/run/q/0.sock"},
            {"device_id": "sim:b", "display_name": "B", "address": "unix:/run/q/1.sock"},
        ]
    }


def test_any_free_metrics_port_is_any_for_all() -> None:
    plan = planned(manifest("a"), metrics="127.0.0.1:0")
    assert plan.sidecars[0].environment["QDM_METRICS_LISTEN"] == "127.0.0.1:0"


def test_credentials_go_only_to_the_device_that_refers_to_them(tmp_path: Path) -> None:
    (tmp_path / "token").mkdir()
    plan = planned(manifest("a", secretRef={"name": "token"}), manifest("b"), secrets=tmp_path)
    assert [child.environment.get("QDM_SECRETS_DIR") for child in plan.sidecars] == [str(tmp_path / "token"), None]


@pytest.mark.parametrize(("told", "words"), [(False, "--secrets"), (True, "is missing")])
def test_a_device_without_its_credentials_is_left_out_and_the_others_start(
    tmp_path: Path, *, told: bool, words: str
) -> None:
    plan = planned(manifest("a", secretRef={"name": "token"}), manifest("b"), secrets=tmp_path if told else None)
    assert [device.device_id for device in plan.devices] == ["b"]
    assert plan.sidecars[0].environment["QDM_LISTEN"] == "unix:/run/q/0.sock"
    (problem,) = plan.problems
    assert words in problem.description


@pytest.mark.parametrize(
    ("listen", "dialled"),
    [
        ("0.0.0.0:50061", "127.0.0.1:50061"),
        ("[::]:50061", "[::1]:50061"),
        ("127.0.0.1:1", "127.0.0.1:1"),
        ("unix:/run/q/s", "unix:/run/q/s"),
    ],
)
def test_a_server_on_every_address_is_dialled_on_the_loopback(listen: str, dialled: str) -> None:
    assert dial_address(listen) == dialled
