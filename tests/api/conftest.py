"""What every test of the API tier stands on: one control plane for all, and a namespace that nobody else uses."""

import secrets
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from api_tier.binaries import build_all
from api_tier.client import NAMESPACES, Client
from api_tier.control_plane import ControlPlane
from api_tier.fault_proxy import FaultProxy
from api_tier.images import OnPaper, RealSidecar
from api_tier.played_nodes import PlayedNodes
from qdm_cluster.names import DEVICES, PODS


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A running API server that knows QuantumDevices, with garbage collection."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane")) as plane:
        plane.apply_crds()
        plane.start_controllers()
        yield plane


@pytest.fixture
async def client(control_plane: ControlPlane) -> AsyncIterator[Client]:
    """The API, as its administrator."""
    async with Client(control_plane.kubeconfig) as client:
        yield client


@pytest.fixture
async def namespace(client: Client) -> AsyncIterator[str]:
    """A new namespace. Afterwards it goes, and at once what later tests could see of it."""
    name = f"test-{secrets.token_hex(4)}"
    await client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    await client.delete(DEVICES.path(name))
    await client.delete(PODS.path(name), grace_seconds=0)
    await client.delete(NAMESPACES.path("", name))


@pytest.fixture
async def proxy(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[FaultProxy]:
    """A way to the API server that fails when it is told to."""
    async with FaultProxy(control_plane, tmp_path) as proxy:
        yield proxy


@pytest.fixture
async def paper_nodes(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> AsyncIterator[PlayedNodes]:
    """Two nodes on which every pod is ready at once, and nothing listens."""
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / namespace, default=OnPaper()) as nodes:
        yield nodes


@pytest.fixture
async def sidecar_nodes(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> AsyncIterator[PlayedNodes]:
    """Two nodes that run the real sidecars."""
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / namespace, default=RealSidecar()) as nodes:
        yield nodes


def pytest_collection_finish(session: pytest.Session) -> None:
    """Builds what is not built yet, in sight and on no test's time."""
    here = Path(__file__).parent
    if session.config.option.collectonly or not any(item.path.is_relative_to(here) for item in session.items):
        return
    capture = session.config.pluginmanager.get_plugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():
        build_all()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Says where the logs of a failed test are."""
    report = yield
    if report.failed:
        values = getattr(item, "funcargs", {})
        plane = values.get("control_plane")
        folders = [values.get("tmp_path"), plane.folder if isinstance(plane, ControlPlane) else None]
        logs = [str(log) for folder in folders if folder for log in sorted(folder.rglob("*.log"))]
        report.sections.append(("logs", "\n".join(logs) or "none"))
    return report
