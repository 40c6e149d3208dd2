"""`qdm run examples/*`, as a person types it."""

import json
import subprocess
import sys
from pathlib import Path


def test_every_circuit_of_the_examples_runs_and_what_is_none_is_skipped(fleet: str, examples: Path) -> None:
    files = sorted(map(str, examples.iterdir()))
    command = [sys.executable, "-m", "qdm_cli", "run", *files, "--device", "sim:local", "--address", fleet, "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    skipped = {Path(line["file"]).name for line in lines if line.get("skipped")}
    counts = {Path(line["file"]).name: set(line["counts"]) for line in lines if "counts" in line}
    assert {"fleet.yaml", "statevector-driver"} <= skipped
    assert counts == {
        "bell.qasm": {"00", "11"},
        "ghz.aqo.json": {"000", "111"},
        "teleport.qasm": {"000", "001", "010", "011"},
    }
