import pytest
from pydantic import ValidationError

from qdm_driver import Capabilities, CircuitFormat, DeviceInfo, DeviceState, DeviceStatus
from qdm_sidecar.worker.report import DriverReport

INFO = DeviceInfo("d", "d", "probe", Capabilities(max_qubits=1, formats=frozenset(), max_shots=1))
MOST = 2**31 - 1


def read(status: DeviceStatus) -> DeviceStatus:
    return DriverReport.from_json(DriverReport("1", INFO, status).to_json()).status


@pytest.mark.parametrize("number", [None, 0, MOST])
def test_numbers_that_the_contract_holds_are_reported(number: int | None) -> None:
    status = DeviceStatus(DeviceState.ONLINE, number, number)
    assert read(status) == status


@pytest.mark.parametrize("numbers", [(-1, 0), (MOST + 1, 0), (0, -1), (0, MOST + 1)])
def test_a_number_that_the_contract_does_not_hold_is_no_report(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValidationError):
        read(DeviceStatus(DeviceState.ONLINE, *numbers))


def test_no_text_of_a_report_is_forgotten_when_it_is_masked() -> None:
    capabilities = Capabilities(
        max_qubits=1,
        formats=frozenset({CircuitFormat.AQO_JSON}),
        max_shots=1,
        native_gates=("hush",),
        native_format="hush",
        extra={"hush": "hush"},
    )
    status = DeviceStatus(DeviceState.ONLINE, metadata={"hush": "hush"}, gauges={"hush": 1})
    report = DriverReport("hush", DeviceInfo("d", "hush", "hush", capabilities), status)
    masked = report.masked(lambda text: text.replace("hush", "***"))
    assert b"hush" not in masked.to_json()
    assert masked.info.capabilities.formats == capabilities.formats
    assert masked.status.state is DeviceState.ONLINE
    assert masked == DriverReport.from_json(report.to_json().replace(b"hush", b"***"))
