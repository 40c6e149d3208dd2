import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

DRIVERS = Path(__file__).parents[1] / "drivers"

Qdm = Callable[..., subprocess.CompletedProcess[str]]
StartFleet = Callable[[str], tuple[subprocess.Popen[str], str]]

FLEET = """
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {{name: probe-1}}
spec: {{driver: probe, driverConfig: {{ledger: {ledger}, repeatable: true}}}}
"""


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # threads come and go
            found += map(int, (task / "children").read_text().split())
    return found


def descendants(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from descendants(child)


def wait_until_gone(pids: list[int]) -> None:
    """Waits; the test's own timeout is the bound. A zombie that nobody reaps is gone, too."""
    while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids):
        time.sleep(0.01)


def sidecar_of(supervisor: int) -> int:
    return next(pid for pid in children(supervisor) if b"sidecar" in Path(f"/proc/{pid}/cmdline").read_bytes())


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    return FLEET.format(ledger=tmp_path / "ledger")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_its_fleet(start_fleet: StartFleet, manifest: str, number: signal.Signals) -> None:
    process, _ = start_fleet(manifest)
    pids = list(descendants(process.pid))
    assert len(pids) >= 3  # the facade, the sidecar and its worker
    process.send_signal(number)
    assert process.wait() == (0 if number is signal.SIGINT else -signal.SIGKILL)
    wait_until_gone(pids)


@pytest.fixture
def up(manifest: str, tmp_path: Path) -> list[str]:
    file = tmp_path / "fleet.yaml"
    file.write_text(manifest)
    addresses = ("--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
    return [sys.executable, "-m", "qdm_cli", "up", "-f", str(file), *addresses]


def read_until(descriptor: int, word: bytes) -> None:
    told = b""
    while word not in told:
        told += os.read(descriptor, 4096)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "QDM_PLUGINS_DIR": str(DRIVERS), "TMPDIR": str(tmp_path)}


def test_a_terminal_that_is_closed_stops_the_fleet(up: list[str], environment: dict[str, str]) -> None:
    ours, theirs = os.openpty()
    # A session's leader that opens a terminal is controlled by it.
    command = ["sh", "-c", 'tty=$1; shift; exec "$@" <$tty >$tty 2>&1', "sh", os.ttyname(theirs), *up]
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        read_until(ours, b"ready: ")
        os.close(theirs)
        pids = list(descendants(process.pid))
        os.close(ours)
        assert process.wait() == 0
    wait_until_gone(pids)


def test_a_fleet_whose_output_nobody_reads_any_more_stops_with_all_its_processes(
    up: list[str], environment: dict[str, str]
) -> None:
    with subprocess.Popen(up, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        read_until(process.stdout.fileno(), b"ready: ")
        process.stdout.close()
        pids = list(descendants(process.pid))
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    wait_until_gone(pids)


def test_a_fleet_whose_table_cannot_be_written_serves_on(
    up: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    told = tmp_path / "told"
    with told.open("w") as err, Path("/dev/full").open("w") as full:
        process = subprocess.Popen(up, env=environment, stdout=full, stderr=err)
    with process:
        while "try `qdm devices" not in told.read_text():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0


def test_a_fleet_that_nohup_starts_does_not_stop_with_its_terminal(up: list[str], environment: dict[str, str]) -> None:
    command = ["nohup", *up]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        read_until(process.stdout.fileno(), b"ready: ")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert b"killing what is left" not in process.stdout.read()
        assert process.wait() == 0


def test_a_data_folder_that_cannot_be_written_starts_nothing(qdm: Qdm, up: list[str], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    refused = qdm(*up[3:], "--data", str(tmp_path / "data" / "below"))
    assert refused.returncode == 2
    assert "--data" in refused.stderr
    assert "Not a directory" in refused.stderr
    assert "starting" not in refused.stderr


def test_two_fleets_never_share_a_data_folder(
    qdm: Qdm, start_fleet: StartFleet, up: list[str], manifest: str, tmp_path: Path
) -> None:
    start_fleet(manifest)
    refused = qdm(*up[3:], "--data", str(tmp_path / "data"))
    assert refused.returncode == 2
    assert "another fleet" in refused.stderr
    assert "starting" not in refused.stderr


def test_a_data_folder_is_free_once_all_processes_of_its_fleet_are_gone(
    qdm: Qdm, start_fleet: StartFleet, up: list[str], manifest: str, tmp_path: Path
) -> None:
    process, _ = start_fleet(manifest)
    pids = list(children(process.pid))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    process.kill()
    process.wait()
    assert qdm(*up[3:], "--data", str(tmp_path / "data")).returncode == 2
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_until_gone(pids)
    process, _ = start_fleet(manifest)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0


def test_a_killed_sidecar_is_back_and_takes_jobs(
    qdm: Qdm, start_fleet: StartFleet, manifest: str, tmp_path: Path
) -> None:
    process, address = start_fleet(manifest)
    sidecar = sidecar_of(process.pid)
    family = [sidecar, *descendants(sidecar)]
    os.kill(sidecar, signal.SIGKILL)
    circuit = tmp_path / "circuit.json"
    circuit.write_text("{}")
    run = ("run", str(circuit), "--device", "probe-1", "--address", address, "--shots", "5")
    while (code := qdm(*run).returncode) == 5:
        pass
    assert code == 0
    wait_until_gone(family)
    told = (tmp_path / "fleet.err").read_text()
    assert f"the sidecar of probe-1 ended (SIGKILL) and is started again in 0.5 s; its log is {tmp_path}/data/" in told


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("kind: QuantumDevice\n", ["document 1: apiVersion: Field required", "document 1: metadata: Field required"]),
        ("a: [\n", ["is no YAML"]),
        ("", ["no device is left to start"]),
    ],
)
def test_a_wrong_manifest_starts_nothing(qdm: Qdm, tmp_path: Path, manifest: str, words: list[str]) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(manifest)
    refused = qdm("up", "-f", str(file), "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
    assert (refused.returncode, refused.stdout) == (2, "")
    for text in words:
        assert text in refused.stderr
    assert "starting" not in refused.stderr


@pytest.mark.parametrize(
    "addresses",
    [
        ("--listen", "nowhere"),
        ("--listen", "unix:relative"),
        ("--listen", "127.0.0.1:99999"),
        ("--listen", "127.0.0.1:0", "--metrics-listen", "unix:/metrics"),
        ("--listen", "unix:/" + 107 * "a"),
    ],
)
def test_what_is_no_address_is_told_before_anything_starts(
    qdm: Qdm, tmp_path: Path, manifest: str, addresses: tuple[str, ...]
) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(manifest)
    refused = qdm("up", "-f", str(file), *addresses)
    assert refused.returncode == 2
    assert addresses[-2] in refused.stderr
    assert "is no address to listen on" in refused.stderr
    assert "starting" not in refused.stderr


@pytest.mark.parametrize("option", ["--listen", "--metrics-listen"])
def test_a_taken_address_is_told_before_anything_starts(qdm: Qdm, tmp_path: Path, manifest: str, option: str) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(manifest)
    addresses = {"--listen": "127.0.0.1:0", "--metrics-listen": "127.0.0.1:0"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addresses[option] = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = qdm("up", "-f", str(file), *(word for pair in addresses.items() for word in pair))
    assert refused.returncode == 2
    assert option in refused.stderr
    assert "Address already in use" in refused.stderr
    assert "starting" not in refused.stderr


def test_a_socket_in_a_folder_that_is_missing_is_told_before_anything_starts(qdm: Qdm, up: list[str]) -> None:
    refused = qdm(*up[3:], "--listen", "unix:/no/such/folder/qdm.sock")
    assert refused.returncode == 2
    assert "--listen: unix:/no/such/folder/qdm.sock: No such file or directory" in refused.stderr
    assert "starting" not in refused.stderr


def test_a_socket_that_is_served_is_taken_and_one_that_was_left_is_not(
    qdm: Qdm, up: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    listen = ("--listen", f"unix:{tmp_path}/qdm.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "qdm.sock"))
        server.listen()
        refused = qdm(*up[3:], *listen)
    assert refused.returncode == 2
    assert "Address already in use" in refused.stderr
    with subprocess.Popen([*up, *listen], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        read_until(process.stdout.fileno(), b"ready: unix:")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0


@pytest.mark.parametrize("option", ["--listen", "--metrics-listen"])
def test_an_address_is_one_fleets_before_its_processes_listen(
    qdm: Qdm, up: list[str], environment: dict[str, str], tmp_path: Path, option: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    told = tmp_path / "told"
    with told.open("w") as err:
        first = subprocess.Popen([*up, option, address], env=environment, stdout=subprocess.PIPE, stderr=err)
    with first:
        while "starting" not in told.read_text():
            time.sleep(0.01)
        for process in children(first.pid):
            os.kill(process, signal.SIGSTOP)
        refused = qdm(*up[3:], option, address)
        for process in children(first.pid):
            os.kill(process, signal.SIGCONT)
        first.send_signal(signal.SIGINT)
        assert first.wait() == 0
    assert refused.returncode == 2
    assert "Address already in use" in refused.stderr


@pytest.mark.parametrize("offset", [0, 1])
def test_an_address_that_is_given_twice_starts_nothing(qdm: Qdm, up: list[str], offset: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    refused = qdm(*up[3:], "--listen", f"127.0.0.1:{port + offset}", "--metrics-listen", f"127.0.0.1:{port}")
    assert refused.returncode == 2
    assert "Address already in use" in refused.stderr
    assert "starting" not in refused.stderr
