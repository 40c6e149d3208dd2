"""What a platform team sees that installs qdm, and a kernel that calls it."""

import json
import time

from api_tier.client import Client
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.kernel import Kernel
from e2e_tier.release import Release
from qdm_cluster.names import PODS

# From the application of a device to its readiness, where its image is on the node.
READY_SECONDS = 60.0

SHOTS = 1000

# Of a fair coin, 1,000 throws give less than 370 or more than 630 heads once in 10^15 times.
FEWEST_SHOTS = 370


async def two_devices(devices: Devices) -> float:
    """Applies two devices and returns after how many seconds both took jobs."""
    began = time.monotonic()
    await devices.apply("sim-local", deviceId="sim:local")
    await devices.apply("sim-small", deviceId="sim:small", driverConfig={"max_qubits": 10})
    for name in ("sim-local", "sim-small"):
        await devices.until_ready(name, seconds=READY_SECONDS)
    return time.monotonic() - began


async def test_a_kernel_in_another_pod_lists_devices_and_gets_right_counts(devices: Devices, caller: Kernel) -> None:
    assert await two_devices(devices) <= READY_SECONDS
    listed = await caller.devices()
    assert {device_id: device["status"] for device_id, device in listed.items()} == {
        "sim:local": "ONLINE",
        "sim:small": "ONLINE",
    }
    assert listed["sim:small"]["capabilities"]["max_qubits"] == "10"
    for circuit, outcomes in (("bell.qasm", {"00", "11"}), ("ghz.aqo.json", {"000", "111"})):
        counts = await caller.run(circuit, "sim:local", shots=SHOTS)
        assert counts.keys() == outcomes
        assert sum(counts.values()) == SHOTS
        assert min(counts.values()) > FEWEST_SHOTS


async def test_kubectl_shows_what_is_up_and_why(devices: Devices, cluster: Cluster) -> None:
    await two_devices(devices)
    await devices.apply("sim-small", deviceId="sim:small", driverConfig={"max_qubits": 10}, availability="Maintenance")
    await devices.until("sim-small", "Ready", "Maintenance", seconds=READY_SECONDS)
    table = await cluster.kubectl("-n", devices.namespace, "get", "qdev")
    rows = {line.split()[0]: line for line in table.splitlines()[1:]}
    assert "sim:local" in rows["sim-local"]
    assert "Maintenance" in rows["sim-small"]


async def test_the_pods_run_under_the_restricted_profile(devices: Devices, client: Client) -> None:
    """The namespace lets no other pods in; what that means is looked up in the running containers too."""
    await two_devices(devices)
    pods = await client.list(PODS.path(devices.namespace))
    names = {pod["metadata"]["labels"].get("app.kubernetes.io/name") for pod in pods}
    assert names >= {"qdm-operator", "qdm-facade", "qdm-sidecar"}
    for pod in pods:
        for container in pod["spec"]["containers"]:
            context = {**pod["spec"]["securityContext"], **container["securityContext"]}
            assert context["runAsNonRoot"]
            assert context["readOnlyRootFilesystem"]
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert context["seccompProfile"] == {"type": "RuntimeDefault"}
            assert not context["allowPrivilegeEscalation"]


async def test_containers_are_no_root_and_cannot_write_where_they_live(devices: Devices, cluster: Cluster) -> None:
    await two_devices(devices)
    script = "import json, os, pathlib; print(json.dumps([os.getuid(), os.access('/opt/qdm', os.W_OK)]))"
    for pod in ("deployment/qdm-operator", "deployment/qdm-facade", "pod/sim-local-sidecar"):
        said = await cluster.kubectl("-n", devices.namespace, "exec", pod, "--", "/opt/qdm/bin/python", "-c", script)
        user, writable = json.loads(said)
        assert user != 0
        assert not writable


async def test_nobody_logs_an_error_where_all_is_well(devices: Devices, cluster: Cluster) -> None:
    await two_devices(devices)
    names = ("qdm-operator", "qdm-facade", "qdm-sidecar")
    command = ("-n", devices.namespace, "logs", "--prefix", "--tail=-1", "--max-log-requests=20", "--selector")
    for name in names:
        log = await cluster.kubectl(*command, f"app.kubernetes.io/name={name}")
        assert log
        assert [line for line in log.splitlines() if '"level": "ERROR"' in line] == []


async def test_the_charts_own_test_runs_a_bell_pair(devices: Devices, release: Release) -> None:
    await two_devices(devices)
    told = await release.test()
    assert "Phase:          Succeeded" in told
    assert "00" in told
    assert "11" in told
