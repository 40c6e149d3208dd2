import json
from pathlib import Path

import pytest

from qdm_driver.compliance.credentials import Credentials
from qdm_driver.compliance.host.messages import Answer, Bug, Cancelled, Describe, Outcome, Refused, Returned
from qdm_driver.errors import Code

FINE = Returned(b"")


def answer(outcome: Outcome = FINE, printed: str = "", logged: str = "") -> Answer:
    return Answer(outcome, printed, logged, calls=0, delivered=False, cancellable=True)


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    """Three files, and a folder, as a mounted Secret has one."""
    (tmp_path / "token").write_text("hunter2-hunter2\n")
    (tmp_path / "login").write_text("user anna\npassword-of-anna\n")
    (tmp_path / "account.json").write_text(json.dumps({"keys": ["k-1234567"], "device-region": "eu"}))
    (tmp_path / "..data").mkdir()
    return Credentials.of(tmp_path)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (answer(Returned(b'{"metadata": {"by": "with hunter2-hunter2"}}')), "metadata.by of Describe: token"),
        (answer(Returned(b'[{"name": "k-1234567"}]')), "0.name of Describe: account.json"),
        (answer(Returned(b'{"gauges": {"hunter2-hunter2": 1.0}}')), "a key of gauges of Describe: token"),
        (
            answer(Refused("UnavailableError", Code.UNAVAILABLE, "password-of-anna is wrong", ())),
            "the error of Describe: login",
        ),
        (answer(Bug("KeyError escaped: 'hunter2-hunter2'")), "the error of Describe: token"),
        (answer(printed="hunter2-hunter2"), "the output of Describe: token"),
        (answer(logged="hunter2-hunter2"), "the log of Describe: token"),
    ],
)
def test_a_credential_is_found_with_the_place_and_its_file(credentials: Credentials, told: Answer, shown: str) -> None:
    place, name = shown.split(": ")
    assert credentials.shown_by(Describe(), told) == [f"{place} shows the credential '{name}'"]


@pytest.mark.parametrize(
    "told",
    [
        answer(Returned(b'{"metadata": {"by": "anna", "region": "eu", "count": 7}}')),
        answer(Cancelled(0.1)),
        answer(printed="hunter2"),
        answer(Bug("KeyError escaped: 'device-region'")),
    ],
)
def test_other_words_are_none(credentials: Credentials, told: Answer) -> None:
    assert credentials.shown_by(Describe(), told) == []


def test_a_device_without_credentials_shows_none() -> None:
    assert not Credentials.of(None)
