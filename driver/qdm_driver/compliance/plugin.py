"""The pytest plugin: options that name the driver, and the summary of what was checked."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.circuits.native import read_native_circuits
from qdm_driver.compliance.report import CaseResult, Verdict, summarise
from qdm_driver.compliance.subject import Subject

SUBJECT = pytest.StashKey[Subject]()

_CONFIG = TypeAdapter(dict[str, Any])


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("compliance of a qdm driver")
    group.addoption("--driver", metavar="NAME", help="Name of the driver, as `qdm drivers` lists it.")
    group.addoption(
        "--driver-plugins", metavar="DIR", type=Path, action="append", help="Folder with a file *_driver.py."
    )
    group.addoption("--driver-config", metavar="FILE", type=Path, help="driverConfig, as JSON.")
    group.addoption("--driver-secrets", metavar="DIR", type=Path, help="Folder with the credentials, a file each.")
    group.addoption(
        "--driver-fidelity", metavar="F", type=float, default=1.0, help="Below 1 for a noisy device; default: 1, exact."
    )
    group.addoption(
        "--driver-seconds", metavar="S", type=float, default=60.0, help="Longest call, queue included; default: 60."
    )
    group.addoption(
        "--driver-native-circuits", metavar="FILE", type=Path, help="Circuits in the driver's native_format, as JSON."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reads the options, and starts to record."""
    if SUBJECT not in config.stash:
        config.stash[SUBJECT] = _subject(config)
    if not config.pluginmanager.has_plugin(Recorder.NAME):
        config.pluginmanager.register(Recorder(), Recorder.NAME)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints one line a check."""
    recorder: Recorder = config.pluginmanager.get_plugin(Recorder.NAME)  # type: ignore[assignment]
    terminalreporter.section(f"compliance of driver {config.stash[SUBJECT].driver}")
    for summary in summarise(recorder.results):
        terminalreporter.write_line(f"{summary.verdict:8}{summary.check:28}{summary.run:4}  {summary.lacking}".rstrip())


class Recorder:
    """Keeps how every case ended."""

    NAME = "qdm-compliance-recorder"

    def __init__(self) -> None:
        self.results: list[CaseResult] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Function, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Records a case once it has run, or earlier where it is skipped or fails before."""
        report = yield
        if report.when == "call" or not report.passed:
            self.results.append(
                CaseResult(
                    check=item.originalname.removeprefix("test_"),
                    promises=(item.function.__doc__ or "").splitlines()[0],
                    case=item.callspec.id if hasattr(item, "callspec") else "",
                    verdict=Verdict(report.outcome),
                    sentence="" if call.excinfo is None else str(call.excinfo.value),
                )
            )
        return report


def _subject(config: pytest.Config) -> Subject:
    name = config.getoption("--driver")
    if name is None:
        raise pytest.UsageError("--driver NAME says which driver is judged")
    try:
        return Subject(
            driver=name,
            plugin_folders=tuple(config.getoption("--driver-plugins") or ()),
            driver_config=_driver_config(config.getoption("--driver-config")),
            secrets=config.getoption("--driver-secrets"),
            fidelity=config.getoption("--driver-fidelity"),
            seconds=config.getoption("--driver-seconds"),
            native_circuits=_native_circuits(config.getoption("--driver-native-circuits")),
        )
    except (OSError, ValidationError) as error:
        raise pytest.UsageError(str(error)) from None


def _driver_config(file: Path | None) -> dict[str, Any]:
    return _CONFIG.validate_json(file.read_bytes()) if file else {}


def _native_circuits(file: Path | None) -> tuple[GradedCircuit, ...]:
    return read_native_circuits(file) if file else ()
