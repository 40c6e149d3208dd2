import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[3] / "examples" / "demo.py"


def test_the_demo_runs_every_example_on_a_fleet_of_its_own() -> None:
    ran = subprocess.run([sys.executable, str(DEMO)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    for file in ("bell.qasm on sim:local", "ghz.aqo.json on sim:local", "teleport.qasm on sim:small"):
        assert f"{file}: 1024 shots, " in ran.stdout


@pytest.mark.parametrize(
    ("counts", "right"),
    [
        ({"00": 512, "11": 512}, True),
        ({"00": 511, "01": 1, "11": 512}, False),
        ({"00": 1024}, False),
        ({"00": 512, "11": 511}, False),
        ({}, False),
    ],
)
def test_the_demo_refuses_a_bell_pair_that_physics_does_not_allow(*, counts: dict[str, int], right: bool) -> None:
    spec = importlib.util.spec_from_file_location("demo", DEMO)
    assert spec is not None
    assert spec.loader is not None
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    assert demo.as_expected(demo.ACTS[0], counts) is right
