"""Runs the suite from a program."""

import os
from pathlib import Path

import pytest

from qdm_driver.compliance.plugin import SUBJECT, Recorder
from qdm_driver.compliance.report import CaseResult
from qdm_driver.compliance.subject import Subject

_SUITE = Path(__file__).with_name("suite")


def check_driver(subject: Subject) -> list[CaseResult]:
    """Judges a driver and returns how every case ended, in order; a driver that does not start ends it early.

    Whatever pytest would read from the surroundings, such as its configuration and further plugins, is left out.
    """
    recorder = Recorder()
    alone = ["-c", os.devnull, "--rootdir", str(_SUITE), "--disable-plugin-autoload", "-p", "no:cacheprovider"]
    code = pytest.main([str(_SUITE), *alone, "-p", "no:terminal"], plugins=[_Given(subject, recorder)])
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return recorder.results


class _Given:
    def __init__(self, subject: Subject, recorder: Recorder) -> None:
        self._subject = subject
        self._recorder = recorder

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hands over what the plugin would read from options."""
        config.stash[SUBJECT] = self._subject
        config.pluginmanager.register(self._recorder, Recorder.NAME)
