"""What every integration test stands on: clients nobody here wrote, and programs that can be interrupted."""

import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def grpcurl() -> Path:
    """The grpcurl program; `make integration` built it, otherwise it is built now, which takes a minute or two."""
    built = subprocess.run([ROOT / "scripts/tools", "clients"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(built.stdout.strip()) / "grpcurl"


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Lets programs under test hear Ctrl-C where a shell started this run in the background, which makes it deaf."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
