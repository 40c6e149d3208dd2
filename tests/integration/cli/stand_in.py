"""Stands in for a sidecar or a facade: notes what happens to it, and behaves as it is told.

Arguments: its name, its ledger, then any of crash-once, stubborn, slow, with-worker, logs.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

name, ledger, *behaviour = sys.argv[1:]
first = f"{name} started" not in (Path(ledger).read_text() if Path(ledger).exists() else "")


def note(event: str) -> None:
    with Path(ledger).open("a") as file:
        file.write(f"{name} {event}\n")


def end(reason: str) -> None:
    note(reason)
    if "slow" in behaviour:
        time.sleep(0.3)
    note("ended")
    os._exit(0)


def watch_input() -> None:
    sys.stdin.read()
    end("input ended")


if "stubborn" in behaviour:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: end("told to stop"))
if os.environ["QDM_STOP_ON_EOF"] == "true":
    threading.Thread(target=watch_input, daemon=True).start()
if "with-worker" in behaviour:
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], process_group=0)
    note(f"worker {worker.pid}")
for variable in ("QDM_LOG_LEVEL", "QDM_SECRETS_DIR"):
    if variable in os.environ:
        note(f"was given {variable}")
note(f"started {os.getpid()}")
if "crash-once" in behaviour and first:
    os._exit(3)
while True:
    signal.pause()
