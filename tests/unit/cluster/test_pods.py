from typing import Any

import pytest

from qdm_cluster.pods import has_finished, sidecar_address


@pytest.mark.parametrize(
    ("status", "address", "finished"),
    [
        (None, "", False),
        ({}, "", False),
        ({"phase": "Pending", "podIP": ""}, "", False),
        ({"phase": "Running", "podIP": "10.0.0.7"}, "10.0.0.7:50061", False),
        ({"phase": "Running", "podIP": "fd00::7"}, "[fd00::7]:50061", False),
        ({"phase": "Succeeded", "podIP": "10.0.0.7"}, "10.0.0.7:50061", True),
        ({"phase": "Failed", "podIP": "10.0.0.7"}, "10.0.0.7:50061", True),
    ],
)
def test_a_sidecar_is_called_at_its_pods_address_which_it_keeps_after_the_pod_is_said_to_have_finished(
    status: Any, address: str, *, finished: bool
) -> None:
    assert sidecar_address({"status": status}) == address
    assert has_finished({"status": status}) is finished
