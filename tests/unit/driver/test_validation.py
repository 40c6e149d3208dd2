from collections.abc import Mapping

import pytest
from pydantic import Field, SecretStr, field_validator

from qdm_driver import DeviceContext, DriverConfig, ExecutionOptions, InvalidRequestError
from qdm_driver.validation import parse_config, parse_options

SECRET = "hunter2-hunter2"  # noqa: S105 - stands for one


class Noise(DriverConfig):
    device: DeviceContext | None = Field(None, exclude=True)  # type: ignore[assignment]
    t1_seconds: float = Field(1.0, gt=0)


class Config(DriverConfig):
    max_qubits: int = Field(20, ge=1)
    token: SecretStr | None = None
    noise: Noise = Noise()

    @field_validator("token")
    @classmethod
    def _of_the_right_length(cls, token: SecretStr) -> SecretStr:
        if len(token.get_secret_value()) < 20:
            raise ValueError("must have at least 20 characters")
        return token


class Options(ExecutionOptions):
    seed: int | None = Field(None, ge=0)


class SymbolicOptions(Options):
    accepts_symbols = True


def places(error: InvalidRequestError) -> dict[str, str]:
    return dict(error.violations)


def test_a_configuration_is_typed_and_knows_its_device(device: DeviceContext) -> None:
    config = parse_config(Config, {"max_qubits": 5}, device)
    assert isinstance(config, Config)
    assert (config.max_qubits, config.device) == (5, device)


def test_what_a_configuration_leaves_out_has_its_default(device: DeviceContext) -> None:
    assert parse_config(Config, {}, device) == Config(device=device)


@pytest.mark.parametrize(
    ("driver_config", "place", "sentence"),
    [
        ({"max_qubits": 0}, "driverConfig.max_qubits", "greater than or equal to 1"),
        ({"max_qubits": "many"}, "driverConfig.max_qubits", "valid integer"),
        ({"max_qubits": None}, "driverConfig.max_qubits", "valid integer"),
        ({"qubits": 5}, "driverConfig.qubits", "unknown field; remove it"),
        ({"noise": {"t1_seconds": -1}}, "driverConfig.noise.t1_seconds", "greater than 0"),
        ({"noise": {"t2": 1}}, "driverConfig.noise.t2", "unknown field; remove it"),
        ({"noise": []}, "driverConfig.noise", "dictionary"),
        ({"device": {"device_id": "other"}}, "driverConfig.device", "reserved for the host; remove it"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_place(
    driver_config: Mapping[str, object], place: str, sentence: str, device: DeviceContext
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_config(Config, driver_config, device)
    assert list(places(refused.value)) == [place]
    assert sentence in places(refused.value)[place]


def test_every_wrong_field_is_named_at_once(device: DeviceContext) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_config(Config, {"max_qubits": 0, "qubits": 1}, device)
    assert places(refused.value).keys() == {"driverConfig.max_qubits", "driverConfig.qubits"}


@pytest.mark.parametrize("driver_config", [{"token": SECRET}, {"token": [SECRET]}, {"tokn": SECRET}])
def test_a_refused_value_is_never_echoed(driver_config: Mapping[str, object], device: DeviceContext) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_config(Config, driver_config, device)
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_a_configuration_cannot_be_changed(device: DeviceContext) -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_config(Config, {}, device).device = device  # type: ignore[misc]


def test_options_arrive_as_text_and_leave_typed() -> None:
    assert parse_options(Options, {"seed": "7", "provider_profile": "simulator"}) == Options(
        seed=7, provider_profile="simulator"
    )


@pytest.mark.parametrize(
    ("options", "place", "sentence"),
    [
        ({"seed": "-1"}, "options.seed", "greater than or equal to 0"),
        ({"seed": "x"}, "options.seed", "valid integer"),
        ({"seed": "1.5"}, "options.seed", "valid integer"),
        ({"seeed": "1"}, "options.seeed", "unknown option; this driver takes provider_profile, seed"),
        ({"symbols": "1"}, "options.symbols", "unknown option"),
        ({"": "1"}, "options.", "unknown option"),
    ],
)
def test_wrong_options_are_refused_with_their_place(options: Mapping[str, str], place: str, sentence: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_options(Options, options)
    assert list(places(refused.value)) == [place]
    assert sentence in places(refused.value)[place]


def test_every_unknown_option_is_named_in_order() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        parse_options(Options, {"b": "1", "a": "1"})
    assert list(places(refused.value)) == ["options.a", "options.b"]


def test_keys_outside_the_schema_are_symbols_where_the_driver_takes_symbols() -> None:
    parsed = parse_options(SymbolicOptions, {"seed": "7", "theta": "0.5", "symbols": "1"})
    assert parsed == SymbolicOptions(seed=7, symbols={"theta": "0.5", "symbols": "1"})


def test_an_option_s_name_wins_over_a_symbol_s() -> None:
    assert parse_options(SymbolicOptions, {"seed": "7"}).symbols == {}
