from typing import Any

import pytest
from operator_scenes import device_object
from prometheus_client import CollectorRegistry

from qdm_operator.index import Index
from qdm_operator.metrics import DeviceReadiness

NAME = {"namespace": "lab", "name": "sim", "device_id": "sim:local"}


def with_status(*conditions: dict[str, Any]) -> dict[str, Any]:
    return device_object() | {"status": {"conditions": list(conditions)}}


@pytest.mark.parametrize(
    ("obj", "reason", "value"),
    [
        (with_status({"type": "Ready", "status": "True", "reason": "Ready"}), "Ready", 1.0),
        (with_status({"type": "Ready", "status": "False", "reason": "PodRefused"}), "PodRefused", 0.0),
        (with_status({"type": "Ready", "status": "Unknown", "reason": "SidecarSilent"}), "SidecarSilent", 0.0),
        (with_status({"type": "Progressing", "status": "True", "reason": "CreatingPod"}), "", 0.0),
        (device_object(), "", 0.0),
    ],
)
def test_a_metric_says_of_each_device_whether_it_is_ready_and_why_not(
    obj: dict[str, Any], reason: str, value: float
) -> None:
    index, registry = Index(lambda _key: None), CollectorRegistry()
    registry.register(DeviceReadiness(index.devices.all))
    index.devices.put(obj)
    assert registry.get_sample_value("qdm_device_ready", NAME | {"reason": reason}) == value
    index.devices.remove(obj)
    assert registry.get_sample_value("qdm_device_ready", NAME | {"reason": reason}) is None
