"""A credential that its driver lets slip is shown to nobody."""

import json
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

Start = Callable[..., Awaitable[Any]]

CREDENTIAL = "s3cr3t-t0ken"


async def test_a_credential_that_its_driver_lets_slip_is_in_no_answer_and_no_line_of_the_log(
    start_sidecar: Start, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "token").write_text(CREDENTIAL)
    sidecar = await start_sidecar({"driver": "talkative"}, QDM_SECRETS_DIR=str(secrets))
    calibration = pb.CalibrateDeviceRequest(device_id="probe:1")
    status = pb.DeviceStatusRequest(device_id="probe:1")
    answers = [
        await sidecar.execute(),
        await sidecar.manager.CalibrateDevice(calibration),
        await sidecar.manager.GetDeviceStatus(status),
        await sidecar.manager.ListDevices(pb.ListDevicesRequest()),
        await anext(sidecar.watch()),
    ]
    for answer in answers:
        assert CREDENTIAL not in str(answer)
        assert "***" in str(answer)
    log = (tmp_path / "log").read_text()
    assert CREDENTIAL not in log
    lines = [json.loads(line) for line in log.splitlines()]
    masked = {line["logger"] for line in lines if "***" in str(line)}
    assert masked == {"py.warnings", "qdm_common.status"}
    assert any("the number is %d" in line["message"] for line in lines)
    (address,) = [line["message"].split()[-1] for line in lines if line["message"].startswith("metrics on ")]
    assert CREDENTIAL not in metrics(address)


def metrics(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/metrics") as page:
        return str(page.read().decode())
