import pytest

from qdm_driver.compliance.leaks import leaks


@pytest.mark.parametrize(
    "message",
    [
        "operations[3].q: must be below 2",
        "line 2, column 7: expected ';' after this statement, found 'x'",
        "give counts and/or registers; a ratio of 1/2 is fine",
        "no reply from https://lab.example.org/api/v1 within 5 s",
        "an error of 3 dB; the Error rate is high",
    ],
)
def test_words_for_people_show_nothing(message: str) -> None:
    assert leaks(message) == []


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("cannot read /opt/lab/config.json", "a path"),
        ("cannot read '/opt/lab'", "a path"),
        ("cannot read ~/lab/config", "a path"),
        ("see ../lab/config", "a path"),
        ("raised in driver.py", "a file of source code"),
        ("ValueError: wrong", "the name of an exception"),
        ("RequestException", "the name of an exception"),
        ("Traceback (most recent call last):", "a traceback"),
        ('"x", line 5, in run', "a traceback"),
        ("<class 'dict'> is wrong", "the name of a class"),
        ("<lab.Session object at 1234>", "the name of a class"),
        ("at 0x7f00deadbeef", "an address in memory"),
    ],
)
def test_a_program_that_shows_its_inside_is_told_what_it_shows(message: str, kind: str) -> None:
    (found,) = leaks(message)
    assert found.startswith(kind)
