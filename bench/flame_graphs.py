"""Draws build/facade.svg and build/sidecar.svg: where the two spend their time while calls of a driver that does
nothing pass through, as flame graphs by py-spy.
"""

import subprocess
import sys
from pathlib import Path

from load import many_calls
from measure import BUILD
from path_rows import NULL, null_request
from processes import running

SECONDS = 15
CLIENTS = 16
CALLS = 1_000


def main() -> None:
    """Records both at once."""
    BUILD.mkdir(exist_ok=True)
    with running({NULL: "null"}) as fleet:
        recorders = [
            _record(name, pid) for name, pid in (("facade", fleet.facade_pid), ("sidecar", fleet.sidecar_pids[NULL]))
        ]
        while any(recorder.poll() is None for recorder in recorders):
            many_calls(fleet.facade, null_request(b"x"), connections=4, clients=CLIENTS, calls=CALLS)
    if any(recorder.returncode for recorder in recorders):
        raise SystemExit("py-spy failed; it needs the right to trace processes")


def _record(name: str, pid: int) -> subprocess.Popen[bytes]:
    program = Path(sys.executable).parent / "py-spy"
    target = BUILD / f"{name}.svg"
    options = ["--pid", str(pid), "--duration", str(SECONDS), "--rate", "200", "--output", str(target)]
    return subprocess.Popen([program, "record", *options])


if __name__ == "__main__":
    main()
