"""What every end-to-end test stands on: the cluster, one release in it, and a kernel that calls it.

`make e2e` makes the cluster and puts the images on its nodes before pytest starts.
"""

import asyncio
import base64
import os
import subprocess
from collections.abc import AsyncIterator, Generator
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from api_tier.binaries import ROOT, kubectl
from api_tier.client import Client, Json
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.command import run
from e2e_tier.kernel import Kernel, kernel
from e2e_tier.release import Release
from qdm_cluster.names import DEVICES, PODS

NAMESPACE = "quantum"
_ADMIN = "e2e"


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """The cluster that `e2e/cluster up` made."""
    name = os.environ["QDM_CLUSTER"]
    return Cluster(name, ROOT / "build" / name / "kubeconfig", ROOT / "e2e/cluster")


@pytest.fixture(scope="session")
def tag() -> str:
    """The tag of all images under test."""
    return version("qdm")


@pytest.fixture(scope="session")
def facade_image(tag: str) -> str:
    """The image that kernels run in too: it has the command line and the contract."""
    return f"qdm-facade:{tag}"


@pytest.fixture(scope="session")
def ledger_image(cluster: Cluster, tag: str) -> str:
    """The simulator's image with another driver in it, on every node."""
    name = f"qdm-sidecar-ledger:{tag}"
    asyncio.run(_build_ledger(cluster, name, tag))
    return name


async def _build_ledger(cluster: Cluster, name: str, tag: str) -> None:
    folder = Path(__file__).parent / "drivers"
    await run("docker", "build", "--build-arg", f"BASE=qdm-sidecar-simulator:{tag}", "--tag", name, folder)
    await cluster.load(name)


@pytest.fixture(scope="session")
def token_kubeconfig(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The way to the API server with a token instead of kind's certificate."""
    folder = tmp_path_factory.mktemp("kubeconfig")
    return asyncio.run(_write_kubeconfig(cluster, folder))


async def _write_kubeconfig(cluster: Cluster, folder: Path) -> Path:
    account: Json = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": _ADMIN, "namespace": "kube-system"},
    }
    binding: Json = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": _ADMIN},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": _ADMIN, "namespace": "kube-system"}],
    }
    manifest = folder / "admin.yaml"
    manifest.write_text(yaml.safe_dump_all([account, binding]))
    await cluster.kubectl("apply", "-f", manifest)
    token = (await cluster.kubectl("create", "token", _ADMIN, "-n", "kube-system", "--duration=24h")).strip()
    theirs = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]
    authority = folder / "ca.crt"
    authority.write_bytes(base64.b64decode(theirs["certificate-authority-data"]))
    config = {
        "clusters": [{"cluster": {"server": theirs["server"], "certificate-authority": str(authority)}}],
        "users": [{"user": {"token": token}}],
    }
    kubeconfig = folder / "kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(yaml.safe_dump(config))
    return kubeconfig


@pytest.fixture(scope="session")
def _installed(cluster: Cluster, token_kubeconfig: Path) -> None:
    async def install() -> None:
        async with Client(token_kubeconfig) as client:
            await Release(cluster, client, NAMESPACE).set_up()

    asyncio.run(install())


@pytest.fixture
async def client(token_kubeconfig: Path) -> AsyncIterator[Client]:
    """The API, as its administrator."""
    async with Client(token_kubeconfig) as client:
        yield client


@pytest.fixture
async def release(cluster: Cluster, client: Client, _installed: None) -> Release:
    """The installed chart, with an operator that leads."""
    release = Release(cluster, client, NAMESPACE)
    await release.until_led(seconds=60.0)
    return release


@pytest.fixture
async def devices(client: Client, release: Release) -> AsyncIterator[Devices]:
    """No devices yet; afterwards those that were made are gone with their pods."""
    devices = Devices(client, release.namespace)
    yield devices
    await client.delete(DEVICES.path(release.namespace))
    await client.wait_for(
        f"{PODS.path(release.namespace)}?labelSelector=app.kubernetes.io/name=qdm-sidecar",
        lambda listing: not (listing or {}).get("items"),
        seconds=90.0,
    )


@pytest.fixture
async def caller(cluster: Cluster, client: Client, release: Release, facade_image: str) -> AsyncIterator[Kernel]:
    """A kernel in a pod of its own, with the circuits of examples/."""
    circuits = [ROOT / "examples" / name for name in ("bell.qasm", "ghz.aqo.json")]
    async with kernel(cluster, client, release.namespace, facade_image, circuits) as caller:
        yield caller


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows of a failed test what was in the namespace, and what operator and facade said last."""
    report = yield
    values = getattr(item, "funcargs", {})
    if report.failed and isinstance(cluster := values.get("cluster"), Cluster):
        report.sections.append(("namespace", _account(cluster)))
    return report


def _account(cluster: Cluster) -> str:
    commands = [
        ["get", "nodes,qdev,pods", "-o", "wide"],
        ["get", "events", "--sort-by=.lastTimestamp"],
        ["logs", "-l", "app.kubernetes.io/name=qdm-operator", "--prefix", "--tail=20"],
        ["logs", "-l", "app.kubernetes.io/name=qdm-facade", "--prefix", "--tail=20"],
    ]
    told = []
    for command in commands:
        ours: list[str | Path] = [
            kubectl(),
            "--kubeconfig",
            cluster.kubeconfig,
            "--request-timeout=20s",
            "-n",
            NAMESPACE,
            *command,
        ]
        text = subprocess.run(ours, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        told.append(text[-6000:])
    return "\n".join(told)
