import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("supervisor.py")


def eventually(holds: Callable[[], bool]) -> None:
    """Waits; the test's own timeout is the bound."""
    while not holds():
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@dataclass
class Supervisor:
    process: subprocess.Popen[bytes]
    folder: Path

    def events(self) -> list[str]:
        ledger = self.folder / "ledger"
        return ledger.read_text().splitlines() if ledger.exists() else []

    def said(self) -> str:
        return (self.folder / "stderr").read_text()

    def run_folder(self) -> Path | None:
        found = re.search(r"^folder (.+)$", self.said(), re.MULTILINE)
        return Path(found[1]) if found else None

    def pids(self) -> list[int]:
        return [int(found[1]) for event in self.events() if (found := re.search(r"(?:started|worker) (\d+)$", event))]

    def until_started(self, processes: int) -> None:
        eventually(lambda: sum("started" in event for event in self.events()) == processes)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait()


StartSupervisor = Callable[..., Supervisor]


@pytest.fixture
def start_supervisor(tmp_path: Path) -> Iterator[StartSupervisor]:
    started: list[Supervisor] = []

    def start(*behaviours: str, grace: float = 60) -> Supervisor:
        command = [sys.executable, str(SCRIPT), str(tmp_path / "ledger"), str(grace), *behaviours]
        with (tmp_path / "stderr").open("wb") as log:
            process = subprocess.Popen(command, stderr=log, env={**os.environ, "TMPDIR": str(tmp_path)})
        started.append(Supervisor(process, tmp_path))
        return started[-1]

    yield start
    for supervisor in started:
        supervisor.process.kill()
        supervisor.process.wait()
        for pid in filter(alive, supervisor.pids()):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_facade_stops_before_the_sidecars_and_nothing_is_left(
    start_supervisor: StartSupervisor, number: signal.Signals
) -> None:
    supervisor = start_supervisor("slow", "with-worker", "slow")
    supervisor.until_started(3)
    assert supervisor.stop(number) == 0
    ends = [event for event in supervisor.events() if "told to stop" in event or "ended" in event]
    assert ends[:2] == ["facade told to stop", "facade ended"]
    assert sorted(ends[2:]) == [
        "sidecar-0 ended",
        "sidecar-0 told to stop",
        "sidecar-1 ended",
        "sidecar-1 told to stop",
    ]
    assert len(supervisor.pids()) == 4
    eventually(lambda: not any(map(alive, supervisor.pids())))
    folder = supervisor.run_folder()
    assert folder is not None
    assert not folder.exists()


def test_every_child_has_a_session_of_its_own(start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("", "")
    supervisor.until_started(2)
    assert [os.getsid(pid) for pid in supervisor.pids()] == supervisor.pids()


def test_children_inherit_settings_but_no_credentials(
    start_supervisor: StartSupervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QDM_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("QDM_SECRETS_DIR", "/secrets")
    supervisor = start_supervisor("")
    supervisor.until_started(1)
    assert [event for event in supervisor.events() if "given" in event] == ["facade was given QDM_LOG_LEVEL"]


def test_a_child_that_dies_is_started_again_and_a_line_says_so(start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("", "crash-once,with-worker")
    supervisor.until_started(3)
    assert "the sidecar-0 ended (exit code 3) and is started again in 0.5 s\n" in supervisor.said()
    workers = [event for event in supervisor.events() if event.startswith("sidecar-0 worker")]
    assert len(workers) == 2
    eventually(lambda: not alive(int(workers[0].split()[-1])))
    assert supervisor.stop(signal.SIGTERM) == 0


def test_a_killed_child_is_named_with_its_signal(start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("", "")
    supervisor.until_started(2)
    facade = next(int(event.split()[-1]) for event in supervisor.events() if event.startswith("facade started"))
    os.kill(facade, signal.SIGKILL)
    supervisor.until_started(3)
    assert "the facade ended (SIGKILL) and is started again in 0.5 s\n" in supervisor.said()
    assert supervisor.stop(signal.SIGTERM) == 0


def test_a_stop_does_not_wait_for_a_back_off(start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("", "crash-once")
    eventually(lambda: "is started again" in supervisor.said())
    assert supervisor.stop(signal.SIGTERM) == 0
    assert not any(map(alive, supervisor.pids()))


def test_a_child_that_cannot_be_launched_is_told_of_and_launched_as_soon_as_it_can_be(
    start_supervisor: StartSupervisor, tmp_path: Path
) -> None:
    (tmp_path / "sidecar-0").mkdir()
    supervisor = start_supervisor("", "logs", "")
    supervisor.until_started(2)
    told = f"the sidecar-0 cannot be started (Is a directory) and is tried again in 0.5 s; its log is {tmp_path}/"
    eventually(lambda: told in supervisor.said())
    (tmp_path / "sidecar-0").rmdir()
    supervisor.until_started(3)
    assert supervisor.stop(signal.SIGTERM) == 0


def test_all_are_stopped_though_one_cannot_be_launched(start_supervisor: StartSupervisor, tmp_path: Path) -> None:
    (tmp_path / "facade").mkdir()
    supervisor = start_supervisor("logs", "", "")
    supervisor.until_started(2)
    eventually(lambda: "cannot be started" in supervisor.said())
    assert supervisor.stop(signal.SIGTERM) == 0
    assert not any(map(alive, supervisor.pids()))


def test_children_end_with_a_supervisor_that_is_killed(start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("", "", "")
    supervisor.until_started(3)
    supervisor.stop(signal.SIGKILL)
    eventually(lambda: not any(map(alive, supervisor.pids())))
    assert sorted(event for event in supervisor.events() if "input ended" in event) == [
        "facade input ended",
        "sidecar-0 input ended",
        "sidecar-1 input ended",
    ]


def test_a_child_that_does_not_stop_is_killed_after_its_grace(start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("", "stubborn,with-worker", grace=0.5)
    supervisor.until_started(2)
    assert supervisor.stop(signal.SIGINT) == 0
    assert "the sidecar-0 did not stop within 0.5 s and is killed\n" in supervisor.said()
    eventually(lambda: not any(map(alive, supervisor.pids())))


def test_a_second_order_to_stop_kills_at_once(start_supervisor: StartSupervisor) -> None:
    supervisor = start_supervisor("stubborn", "stubborn")
    supervisor.until_started(2)
    supervisor.process.send_signal(signal.SIGINT)
    eventually(lambda: "stopping" in supervisor.said())
    assert supervisor.stop(signal.SIGINT) == 0
    assert not any(map(alive, supervisor.pids()))
