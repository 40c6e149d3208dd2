from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdm_cluster.devices import by_seniority, device_id_of, working_devices
from qdm_cluster.objects import Json


def device(name: str, spec: Any = None, *, namespace: str = "lab", born: str = "2026-01-01T00:00:00Z") -> Json:
    return {"metadata": {"name": name, "namespace": namespace, "creationTimestamp": born}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "device_id"),
    [
        ({"deviceId": "sim:local"}, "sim:local"),
        ({}, "sim"),
        ({"deviceId": ""}, "sim"),
        ({"deviceId": None}, "sim"),
        ({"deviceId": 5}, "sim"),
        (None, "sim"),
        ("nonsense", "sim"),
    ],
)
def test_a_device_without_an_id_of_its_own_goes_by_its_name(spec: Any, device_id: str) -> None:
    assert device_id_of(device("sim", spec)) == device_id


def test_of_devices_with_one_id_the_oldest_works_and_of_one_second_the_first_by_name() -> None:
    spec = {"deviceId": "x"}
    younger = device("a", spec, born="2026-01-02T00:00:00Z")
    ranked = [device("b", spec, namespace="attic"), device("a", spec), device("b", spec), younger]
    assert by_seniority(reversed(ranked)) == ranked
    assert working_devices([*ranked, device("other")]) == {"x": ranked[0], "other": device("other")}


@given(st.permutations(range(6)))
def test_who_works_does_not_depend_on_who_was_heard_of_first(order: list[int]) -> None:
    devices = [device(f"d{number % 3}", {"deviceId": "xy"[number % 2]}, namespace=f"n{number}") for number in range(6)]
    assert working_devices(devices[number] for number in order) == working_devices(devices)
