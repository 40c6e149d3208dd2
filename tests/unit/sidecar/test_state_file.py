import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qdm_common.manifest import Availability
from qdm_sidecar.state_file import StateFile

AT = datetime(2026, 11, 26, 12, 30, 1, 5, UTC)


def test_at_first_nothing_is_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    state = StateFile(tmp_path / "state.json", instance="pod")
    assert (state.availability, state.last_calibration) == (None, None)
    assert caplog.records == []


def test_what_a_pod_was_told_survives_a_restart_of_its_container(tmp_path: Path) -> None:
    StateFile(tmp_path / "state.json", instance="pod").keep_availability(Availability.MAINTENANCE)
    assert StateFile(tmp_path / "state.json", instance="pod").availability is Availability.MAINTENANCE
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize(("told", "asked"), [("old", "new"), ("", ""), ("old", ""), ("", "new")])
def test_what_another_pod_was_told_counts_for_nothing(tmp_path: Path, told: str, asked: str) -> None:
    StateFile(tmp_path / "state.json", instance=told).keep_availability(Availability.OFFLINE)
    assert StateFile(tmp_path / "state.json", instance=asked).availability is None


@pytest.mark.parametrize("instance", ["", "old", "new"])
def test_a_calibration_is_remembered_by_whoever_follows(tmp_path: Path, instance: str) -> None:
    state = StateFile(tmp_path / "state.json", instance="old")
    state.keep_calibration(AT)
    state.keep_availability(Availability.OFFLINE)
    assert StateFile(tmp_path / "state.json", instance=instance).last_calibration == AT


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"availability": "Gone"}', b"\xff"])
def test_a_file_that_makes_no_sense_is_as_none_and_is_logged(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state.json").write_bytes(content)
    state = StateFile(tmp_path / "state.json", instance="pod")
    assert (state.availability, state.last_calibration) == (None, None)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    state.keep_calibration(AT)
    assert StateFile(tmp_path / "state.json", instance="pod").last_calibration == AT


def test_where_the_file_cannot_be_written_what_was_told_holds_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = StateFile(tmp_path / "no folder" / "state.json", instance="pod")
    state.keep_availability(Availability.OFFLINE)
    assert state.availability is Availability.OFFLINE
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
