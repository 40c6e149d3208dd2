"""Drivers that lie here, judged in this process as `qdm drivers check` would do it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qdm_driver.compliance.report import CaseResult
from qdm_driver.compliance.run import check_driver
from qdm_driver.compliance.subject import Subject

DRIVERS = Path(__file__).parent / "drivers"

Judge = Callable[..., list[CaseResult]]


@pytest.fixture
def judge() -> Judge:
    """Judges a driver; keywords are the subject's fields."""

    def judge_driver(name: str, **fields: object) -> list[CaseResult]:
        return check_driver(Subject(name, (DRIVERS,), **fields))  # type: ignore[arg-type]

    return judge_driver
