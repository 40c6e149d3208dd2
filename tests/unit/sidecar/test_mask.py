import json
import logging
import sys
from pathlib import Path

import pytest

from qdm_common.logging import JsonFormatter
from qdm_common.status import to_status
from qdm_driver import InvalidRequestError, PreconditionError, UnavailableError, Violation
from qdm_sidecar.worker.mask import Mask

CREDENTIAL = "s3cr3t-t0ken"
FOREIGN = 'pässwörd of "Ö"'
KEY = '-----BEGIN KEY-----\nMIIBVQIBADANBgkq\n"quoted" \\ and ö\n-----END KEY-----\n'


def folder_of(tmp_path: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path


@pytest.mark.parametrize(
    ("content", "text", "shown"),
    [
        (CREDENTIAL, f"login with {CREDENTIAL} and {CREDENTIAL}!", "login with *** and ***!"),
        (f"{CREDENTIAL}\n", f"token={CREDENTIAL}", "token=***"),
        (KEY, "line MIIBVQIBADANBgkq", "line ***"),
        (KEY, f"all: {KEY}", "all: ***\n"),
        (json.dumps({"url": "x", "login": [{"token": CREDENTIAL}]}), f"{CREDENTIAL} at x", "*** at x"),
        (f"{CREDENTIAL}-and-more", f"{CREDENTIAL}-and-more", "***"),
        (FOREIGN, json.dumps({"token": FOREIGN}), '{"token": "***"}'),
        (FOREIGN, json.dumps({"token": FOREIGN}, ensure_ascii=False), '{"token": "***"}'),
        (FOREIGN, f"{[FOREIGN]!r} or {[FOREIGN]!a}", "['***'] or ['***']"),
        (FOREIGN, json.dumps(repr([FOREIGN])), "\"['***']\""),
        # what is too short to be told from ordinary words, or no text
        ("online", "is online", "is online"),
        ("", "is online", "is online"),
        (b"\xff\xfe\x00 binary", "is online", "is online"),
        ("[" * 100_000, "is online", "is online"),
    ],
)
def test_contents_of_credentials_are_masked(tmp_path: Path, content: str | bytes, text: str, shown: str) -> None:
    assert Mask.of(folder_of(tmp_path, token=content))(text) == shown


def test_the_longer_of_two_secrets_is_masked_whole(tmp_path: Path) -> None:
    mask = Mask.of(folder_of(tmp_path, user="operator", login="operator:0123456789"))
    assert mask("operator:0123456789 or operator") == "*** or ***"


def test_a_mounted_secret_has_folders_beside_its_files(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    assert Mask.of(folder_of(tmp_path, token=CREDENTIAL))(CREDENTIAL) == "***"


def test_a_device_without_credentials_has_nothing_to_mask() -> None:
    assert Mask.of(None)("anything at all") == "anything at all"


@pytest.mark.parametrize(
    "secret", [CREDENTIAL, KEY, "with \"quotes\" and 'both'", "back\\slash\\es", "tab\tand ö and 🔑"]
)
def test_no_line_of_a_log_holds_a_secret_however_it_is_quoted(tmp_path: Path, secret: str) -> None:
    formatter = JsonFormatter("sidecar", Mask.of(folder_of(tmp_path, secret=secret)))
    try:
        raise KeyError(secret)
    except KeyError:
        record = logging.LogRecord("qdm.test", logging.ERROR, "", 0, "got %s, %r", (secret, secret), sys.exc_info())
    record.fields = {"account": secret, "list": [secret]}
    line = json.loads(formatter.format(record))
    assert line["message"].rstrip() in {"got ***, '***'", 'got ***, "***"', "got ***\n, '***\\n'"}
    assert line["error"].startswith("KeyError(")
    for text in map(str, line.values()):
        assert not any(part.strip() in text for part in secret.splitlines())


def test_an_error_is_masked_before_it_is_cut(tmp_path: Path) -> None:
    mask = Mask.of(folder_of(tmp_path, token=CREDENTIAL))
    for room in range(520):  # some of these would be cut in the middle of the token
        sentence = "x" * room + CREDENTIAL
        for error in (
            UnavailableError(sentence, retry_after=1),
            PreconditionError(sentence, kind="LOGIN"),
            InvalidRequestError(Violation(sentence, sentence)),
        ):
            assert b"s3cr" not in to_status(error, {}, mask=mask).SerializeToString()
