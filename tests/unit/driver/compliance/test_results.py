from collections import Counter
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from qdm_driver import Capabilities, CircuitFormat, DeviceInfo, DeviceState, DeviceStatus, ExecutionResult
from qdm_driver.compliance.host.types import type_problems
from qdm_driver.counts import result_problems

CAPABILITIES = Capabilities(max_qubits=5, formats=frozenset({CircuitFormat.AQO_JSON}), max_shots=100)
INFO = DeviceInfo("d", "Device", "simulator", CAPABILITIES)


@pytest.mark.parametrize(
    "value",
    [
        ExecutionResult({"0": 1}, 0.5),
        ExecutionResult(Counter({"0": 1}), 0.5, {"engine": "aer"}),
        DeviceStatus(DeviceState.ONLINE, queue_depth=3, estimated_wait_time=None),
        INFO,
    ],
)
def test_values_of_the_declared_types_are_right(value: object) -> None:
    assert type_problems(value, type(value), "it") == []


@pytest.mark.parametrize(
    ("value", "expected", "problem"),
    [
        ({"0": 1}, ExecutionResult, "it is of type dict; return ExecutionResult"),
        (None, ExecutionResult, "it is of type NoneType; return ExecutionResult"),
        (ExecutionResult({"0": cast("int", np.int64(1))}, 0.5), ExecutionResult, "it.counts.0 is of type int64: "),
        (ExecutionResult({"0": 1.0}, 0.5), ExecutionResult, "it.counts.0 is of type float: "),  # type: ignore[dict-item]
        (ExecutionResult({"0": True}, 0.5), ExecutionResult, "it.counts.0 is of type bool: "),
        (ExecutionResult({0: 1}, 0.5), ExecutionResult, "it.counts.0.[key] is of type int: "),  # type: ignore[dict-item]
        (ExecutionResult({}, "0.5"), ExecutionResult, "it.execution_time_sec is of type str: "),  # type: ignore[arg-type]
        (ExecutionResult({}, 0, {"seed": 5}), ExecutionResult, "it.metadata.seed is of type int: "),  # type: ignore[dict-item]
        (DeviceStatus("online"), DeviceStatus, "it.state is of type str: "),  # type: ignore[arg-type]
        (
            DeviceStatus(DeviceState.ONLINE, queue_depth=-1),
            DeviceStatus,
            "it.queue_depth is of type int: input should be greater than or equal to 0",
        ),
        (replace(INFO, name=cast("str", None)), DeviceInfo, "it.name is of type NoneType: "),
        (
            replace(INFO, capabilities=replace(CAPABILITIES, max_qubits=cast("int", "many"))),
            DeviceInfo,
            "it.capabilities.max_qubits is of type str: ",
        ),
        (
            replace(INFO, capabilities=cast("Capabilities", {"max_qubits": 5})),
            DeviceInfo,
            "it.capabilities is of type dict; return Capabilities",
        ),
    ],
)
def test_a_value_of_another_type_is_told_with_its_place(value: object, expected: type, problem: str) -> None:
    (found,) = type_problems(value, expected, "it")
    assert found.startswith(problem)


@pytest.mark.parametrize("counts", [{"01": 3, "10": 7}, {"": 10}, {"0": 10}])
def test_counts_of_one_width_that_add_up_are_normalised(counts: dict[str, int]) -> None:
    assert result_problems(ExecutionResult(counts, 0.0), 10) == []


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (ExecutionResult({"0 1": 10}, 0), "the key '0 1' of counts is no bitstring"),
        (ExecutionResult({"0x1": 10}, 0), "the key '0x1' of counts is no bitstring"),
        (ExecutionResult({"0": 5, "01": 5}, 0), "the keys of counts have the widths [1, 2]"),
        (ExecutionResult({"0": 10, "1": 0}, 0), "counts hold a value below 1"),
        (ExecutionResult({"0": 11, "1": -1}, 0), "counts hold a value below 1"),
        (ExecutionResult({"0": 9}, 0), "counts add up to 9 for 10 shots"),
        (ExecutionResult({}, 0), "counts add up to 0 for 10 shots"),
        (ExecutionResult({"0": 10}, -1), "execution_time_sec is -1"),
        (ExecutionResult({"0": 10}, float("nan")), "execution_time_sec is nan"),
    ],
)
def test_a_result_that_is_not_normalised_is_told_with_what_to_mend(result: Any, problem: str) -> None:
    (found,) = result_problems(result, 10)
    assert found.startswith(problem)
