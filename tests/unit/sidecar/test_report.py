import pytest
from pydantic import ValidationError

from qdm_driver import Capabilities, DeviceInfo, DeviceState, DeviceStatus
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
