"""What `helm test` does in its pod."""

import importlib.util
from types import ModuleType
from typing import Any

import pytest

from api_tier.chart import CHART, pod_of, render


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bell", CHART / "files/bell.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bell = load()


def device(name: str, status: str, formats: str = "AQO_JSON,QASM3_TEXT") -> dict[str, Any]:
    return {"device_id": name, "status": status, "capabilities": {"formats": formats}}


def test_the_pod_runs_this_very_script_against_the_service() -> None:
    spec = pod_of(render("test.device=sim:local").one("Pod", "qdm-test"))["spec"]
    (container,) = spec["containers"]
    script, wanted = container["args"]
    assert script.strip() == (CHART / "files/bell.py").read_text().strip()
    assert wanted == "sim:local"
    assert container["env"] == [{"name": "QDM_ADDRESS", "value": "qdm-facade.quantum:50061"}]


def test_it_takes_the_first_device_that_is_online_and_reads_openqasm_3() -> None:
    fleet = [device("a", "OFFLINE"), device("b", "ONLINE", "AQO_JSON"), device("c", "ONLINE"), device("d", "ONLINE")]
    assert bell.chosen(fleet) == "c"


@pytest.mark.parametrize(
    ("fleet", "sentence"),
    [([], "there is no device"), ([device("a", "ERROR"), device("b", "MAINTENANCE")], "a is ERROR, b is MAINTENANCE")],
)
def test_without_such_a_device_it_says_what_there_is_and_what_to_do(fleet: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(SystemExit, match=f"{sentence}.*kubectl wait --for=condition=Ready"):
        bell.chosen(fleet)


@pytest.mark.parametrize(
    ("counts", "right"),
    [
        ({"00": 500, "11": 524}, True),
        ({"00": 450, "01": 60, "10": 70, "11": 444}, True),
        ({"00": 1024}, False),
        ({"00": 256, "01": 256, "10": 256, "11": 256}, False),
    ],
)
def test_noise_is_a_bell_pair_and_chance_is_none(counts: dict[str, int], *, right: bool) -> None:
    assert sum(counts.values()) == bell.SHOTS
    assert bell.is_bell(counts) is right


def test_a_named_device_is_run_on_whatever_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(*command: str) -> dict[str, Any]:
        asked.append(command)
        return {"counts": {"00": 512, "11": 512}}

    monkeypatch.setattr(bell, "answer", answer)
    assert "sim:local ran a Bell pair" in bell.main("sim:local")
    ((command, _, *options),) = asked
    assert (command, options) == ("run", ["--device", "sim:local", "--shots", "1024"])
