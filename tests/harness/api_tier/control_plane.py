"""A control plane as host processes: etcd, kube-apiserver, and on demand the two controllers that owners rely on.

etcd writes without syncing, which a test does not miss. The ServiceAccount admission is off: no controller would make
the accounts that it asks for.
"""

import asyncio
import ssl
import subprocess
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from api_tier.addresses import free_port
from api_tier.binaries import ROOT, binary, kubectl
from api_tier.credentials import Credentials
from api_tier.process import Process, clean_environment
from qdm_cluster.names import DEVICES

_START_SECONDS = 60.0
_POLL_SECONDS = 0.05


class ControlPlane:
    """An API server with storage of its own, between ``with`` and its end.

    What is no coroutine here blocks, some of it for seconds; async tests call it by asyncio.to_thread.
    ``kubeconfig`` is the administrator's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.credentials = Credentials.make(folder)
        self.url = f"https://127.0.0.1:{free_port()}"
        self.kubeconfig = self.credentials.write_kubeconfig(folder / "kubeconfig", self.url)
        self._etcd_url = f"http://127.0.0.1:{free_port()}"
        self._trust = ssl.create_default_context(cafile=str(self.credentials.certificate))
        self._etcd: Process | None = None
        self._api_server: Process | None = None
        self._controllers: Process | None = None

    def __enter__(self) -> Self:
        """Starts etcd and the API server, and returns when it is ready."""
        try:
            self._etcd = self._start_etcd()
            self._start_api_server()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends everything."""
        self.stop()

    def stop(self) -> None:
        """Ends everything that runs."""
        for process in (self._controllers, self._api_server, self._etcd):
            if process is not None:
                process.kill()
        self._controllers = self._api_server = self._etcd = None

    @asynccontextmanager
    async def api_server_away(self) -> AsyncIterator[None]:
        """Kills the API server, and in the end starts it on the same port; what was written stays in etcd."""
        self._running_api_server.kill()
        self._api_server = None
        try:
            yield
        finally:
            await asyncio.to_thread(self._start_api_server)

    @contextmanager
    def api_server_frozen(self) -> Iterator[None]:
        """Makes the API server a black hole: connections stay, and nothing is answered."""
        self._running_api_server.freeze()
        try:
            yield
        finally:
            self._running_api_server.thaw()

    @property
    def _running_api_server(self) -> Process:
        assert self._api_server is not None, "the API server does not run"
        return self._api_server

    def _start_api_server(self) -> None:
        credentials = self.credentials
        self._api_server = self._start(
            "kube-apiserver",
            binary("kubernetes", "kube-apiserver"),
            f"--etcd-servers={self._etcd_url}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.url.rpartition(':')[2]}",
            f"--tls-cert-file={credentials.certificate}",
            f"--tls-private-key-file={credentials.key}",
            f"--token-auth-file={credentials.tokens}",
            "--authorization-mode=RBAC",
            "--disable-admission-plugins=ServiceAccount",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={credentials.key}",
            f"--service-account-signing-key-file={credentials.key}",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--profiling=false",
        )
        self._until_answered(self._api_server, "/readyz", "/api/v1/namespaces/default")

    def start_controllers(self) -> None:
        """Starts what deletes children of deleted owners, and the contents of deleted namespaces.

        It learns of new kinds only every half minute: install definitions first.
        """
        assert self._controllers is None, "the controllers run already"
        self._controllers = self._start(
            "kube-controller-manager",
            binary("kubernetes", "kube-controller-manager"),
            f"--kubeconfig={self.kubeconfig}",
            "--controllers=garbage-collector-controller,namespace-controller",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
        )

    def apply_crds(self) -> None:
        """Installs what crds/ defines, and returns when it can be used."""
        self.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
        self._until_answered(self._running_api_server, DEVICES.path())

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Runs kubectl as administrator and returns what it printed; an AssertionError holds what it complained of."""
        done = subprocess.run(
            [kubectl(), *arguments], env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that is to find this control plane."""
        ours = {"KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": str(self.folder / "kubectl-cache")}
        return clean_environment() | ours

    def _start_etcd(self) -> Process:
        peer = f"http://127.0.0.1:{free_port()}"
        return self._start(
            "etcd",
            binary("etcd", "etcd"),
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={self._etcd_url}",
            f"--advertise-client-urls={self._etcd_url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )

    def _start(self, name: str, program: Path, *arguments: str) -> Process:
        return Process(name, [program, *arguments], clean_environment(), self.folder / f"{name}.log")

    def _until_answered(self, process: Process, *paths: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not all(map(self._answers, paths)):
            assert process.exit_code is None, process.account()
            assert time.monotonic() < deadline, process.account()
            time.sleep(_POLL_SECONDS)

    def _answers(self, path: str) -> bool:
        request = urllib.request.Request(  # noqa: S310 - always https
            self.url + path, headers={"Authorization": f"Bearer {self.credentials.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5, context=self._trust):  # noqa: S310 - as above
                return True
        except OSError:
            return False
