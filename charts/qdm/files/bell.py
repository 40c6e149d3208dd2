# ruff: noqa: INP001
"""Runs a Bell pair on a device of the fleet, through `qdm` as a person would: what `helm test` does in its pod.

``bell.py [DEVICE]``; without one, the first device that is online and takes OpenQASM 3.
"""

import json
import subprocess
import sys
import tempfile
from typing import Any

SHOTS = 1024
BELL = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""
WHAT_NOW = (
    "Apply a device and wait until it is Ready: kubectl wait --for=condition=Ready quantumdevices --all. "
    "Its conditions say what it lacks: kubectl describe quantumdevices"
)


def main(wanted: str) -> str:
    """Returns what was seen, in a sentence. Raises SystemExit with one that says what to do."""
    device = wanted or chosen(answer("devices")["devices"])
    with tempfile.NamedTemporaryFile("w", suffix=".qasm") as file:
        file.write(BELL)
        file.flush()
        counts = answer("run", file.name, "--device", device, "--shots", str(SHOTS))["counts"]
    if sum(counts.values()) != SHOTS or not is_bell(counts):
        raise SystemExit(f"{device} answered, but this is no Bell pair: {counts}")
    return f"{device} ran a Bell pair: {counts}"


def chosen(devices: list[dict[str, Any]]) -> str:
    """Returns the device to run on."""
    for device in devices:
        if device["status"] == "ONLINE" and "QASM3_TEXT" in device["capabilities"].get("formats", ""):
            return str(device["device_id"])
    there = ", ".join(f"{device['device_id']} is {device['status']}" for device in devices) or "there is no device"
    raise SystemExit(f"no device is ONLINE and takes OpenQASM 3: {there}. {WHAT_NOW}")


def is_bell(counts: dict[str, int]) -> bool:
    """Tells whether both qubits mostly agree, either way often; real hardware is noisy."""
    agreeing = counts.get("00", 0), counts.get("11", 0)
    return sum(agreeing) >= SHOTS * 3 / 4 and min(agreeing) >= SHOTS / 4


def answer(*command: str) -> Any:
    """Returns what `qdm` says; it finds the facade by QDM_ADDRESS."""
    done = subprocess.run(["qdm", *command, "--json"], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603, S607
    said = json.loads(done.stdout or "{}")
    if done.returncode == 0:
        return said
    failure = said.get("error", {})
    raise SystemExit(f"qdm {command[0]} failed: {failure.get('message', 'see above')}. {WHAT_NOW}")


if __name__ == "__main__":
    sys.stdout.write(f"{main(''.join(sys.argv[1:]))}\n")
