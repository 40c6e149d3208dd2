import json
from collections.abc import Mapping
from typing import Any

import pytest

from qdm_circuits.aqo import parse_aqo_json
from qdm_circuits.gates import Gate
from qdm_driver import InvalidRequestError


def angle(theta: object, parameters: Mapping[str, Any] | None = None, **options: str) -> float:
    return angle_with(theta, parameters, options)


def angle_with(theta: object, parameters: Mapping[str, Any] | None, options: Mapping[str, str]) -> float:
    document = {
        "version": "0.1",
        "qubits": 1,
        "operations": [{"op": "RX", "q": [0], "params": {"theta": theta}}],
        **({} if parameters is None else {"parameters": parameters}),
    }
    gate = parse_aqo_json(json.dumps(document).encode(), options).circuit.operations[0]
    assert isinstance(gate, Gate)
    return gate.params[0]


@pytest.mark.parametrize(
    ("theta", "parameters", "options", "value"),
    [
        (1, None, {}, 1.0),
        (-0.25, None, {}, -0.25),
        ("1.5", None, {}, 1.5),
        ("-2e-1", None, {}, -0.2),
        ("a", {"a": 2}, {}, 2.0),
        ("a", {"a": "2.5"}, {}, 2.5),
        ("a", {"a": "b", "b": "c", "c": 3}, {}, 3.0),
        ("a", None, {"a": "4"}, 4.0),
        ("a", None, {"param.a": "4"}, 4.0),
        ("a", None, {"param:a": "4"}, 4.0),
        ("a", None, {"parameters.a": "4"}, 4.0),
        ("a", None, {"parameters:a": "4"}, 4.0),
        ("a", {"a": "a"}, {"a": "5"}, 5.0),
        ("a", {"a": "b"}, {"b": "6"}, 6.0),
        ("a", {"a": 7}, {"a": "8"}, 7.0),
        ("a", None, {"a": "1", "param.a": "2"}, 1.0),
        ("a", None, {"param.a": "2", "parameters:a": "3"}, 2.0),
    ],
)
def test_a_symbol_resolves_in_the_order_of_the_format(
    theta: object, parameters: Mapping[str, Any] | None, options: Mapping[str, str], value: float
) -> None:
    assert angle_with(theta, parameters, options) == value


@pytest.mark.parametrize(
    ("theta", "parameters", "options", "place"),
    [
        ("a", None, {}, "operations[0].params.theta"),
        ("a", {"a": "a"}, {}, "operations[0].params.theta"),
        ("a", {"a": "b"}, {}, "parameters.a"),
        ("a", {"a": "b", "b": "a"}, {}, "parameters.a"),
        ("a", {"a": "b", "b": "c", "c": "b"}, {}, "parameters.b"),
        ("a", {"a": True}, {}, "parameters.a"),
        ("a", {"a": []}, {}, "parameters.a"),
        ("a", {"a": 10**400}, {}, "parameters.a"),
        ("1e999", None, {}, "operations[0].params.theta"),
        ("NaN", None, {}, "operations[0].params.theta"),
        ("a", None, {"a": "x"}, "options.a"),
        ("a", None, {"a": "nan"}, "options.a"),
        ("a", None, {"a": "inf"}, "options.a"),
        ("a", None, {"a": "1e999"}, "options.a"),
        ("a", None, {"param.a": ""}, "options.param.a"),
        (1, None, {"shot": "1"}, "options.shot"),
        ("a", {"a": 1}, {"b": "1"}, "options.b"),
    ],
)
def test_a_symbol_without_a_value_is_refused_with_its_place(
    theta: object, parameters: Mapping[str, Any] | None, options: Mapping[str, str], place: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        angle_with(theta, parameters, options)
    assert [violation.field for violation in caught.value.violations] == [place]


def test_every_unknown_option_is_named() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        angle("a", a="1", sede="2", shotz="3")
    assert [violation.field for violation in caught.value.violations] == ["options.sede", "options.shotz"]


def test_a_declared_symbol_may_have_an_option_that_is_not_needed() -> None:
    assert angle(1, {"unused": 2}, unused="3") == 1.0
