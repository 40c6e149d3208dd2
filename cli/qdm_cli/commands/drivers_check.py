"""`qdm drivers check`."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qdm_cli.commands.plugin_folders import plugin_folders, plugins_option
from qdm_cli.console import data_console, talk_console, write_json
from qdm_cli.exit_codes import Exit
from qdm_cli.fleet.manifests import read_manifests
from qdm_common.manifest import QuantumDevice
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.circuits.native import read_native_circuits
from qdm_driver.compliance.report import CaseResult, CheckSummary, Verdict, summarise
from qdm_driver.compliance.subject import Subject
from qdm_driver.validation import validation_violations

_STYLES = {Verdict.PASSED: "green", Verdict.SKIPPED: "yellow", Verdict.FAILED: "bold red"}
_SHOWN_FAILURES = 3


@click.command(
    name="check",
    epilog="""\b
Examples:
  qdm drivers check simulator
  qdm drivers check lab --plugins ./my-drivers -f lab.yaml --secrets ./secrets/lab
  qdm drivers check lab --plugins ./my-drivers -f lab.yaml --fidelity 0.9
""",
)
@click.argument("name")
@plugins_option
@click.option(
    "-f",
    "--file",
    "manifest",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Manifest of one QuantumDevice with this driver: its deviceId and driverConfig are used.",
)
@click.option(
    "--secrets",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True),
    help="Folder with the device's credentials, a file each.",
)
@click.option(
    "--fidelity",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="Below 1 for a noisy device: distributions may be off by the rest, in total variation.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Longest execution or calibration, the backend's queue included.",
)
@click.option(
    "--native-circuits",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Circuits in the driver's native_format with their distributions, as JSON.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_obj
def check(
    listing_dir: Path | None,
    *,
    name: str,
    plugins_dir: Path | None,
    manifest: Path | None,
    secrets: Path | None,
    fidelity: float,
    seconds: float,
    native_circuits: Path | None,
    as_json: bool,
) -> None:
    """Judge the driver NAME by the compliance kit, which plays the host against it.

    Says of every check whether it passed, was skipped for want of a capability, or what to mend. The exit code is 3
    where a check failed.
    """
    device = _only_device(manifest, name) if manifest else None
    if device and device.spec.secret_ref and secrets is None:
        sentence = f"{manifest}: needs the credentials {device.spec.secret_ref.name!r}"
        raise click.UsageError(f"{sentence}; give their folder with --secrets, a file each")
    subject = Subject(
        driver=name,
        plugin_folders=plugin_folders(plugins_dir or listing_dir),
        driver_config=device.spec.driver_config if device else {},
        secrets=secrets,
        device_id=device.device_id if device else "compliance",
        fidelity=fidelity,
        seconds=seconds,
        native_circuits=_native_circuits(native_circuits) if native_circuits else (),
    )
    with talk_console(quiet=as_json).status(f"checking {name}"):
        summaries = summarise(_results(subject))
    passes = not any(summary.failed for summary in summaries)
    if as_json:
        write_json({"driver": name, "passes": passes, "checks": list(map(summary_json, summaries))})
    else:
        _print(data_console(), name, summaries)
    sys.exit(Exit.OK if passes else Exit.REFUSED)


def summary_json(summary: CheckSummary) -> dict[str, object]:
    """Returns one element of ``checks``."""
    return {
        "check": summary.check,
        "promises": summary.promises,
        "verdict": summary.verdict.value,
        "passed": summary.passed,
        "skipped": [{"case": case.case, "lacking": case.sentence} for case in summary.skipped],
        "failed": [{"case": case.case, "sentence": case.sentence} for case in summary.failed],
    }


def _results(subject: Subject) -> list[CaseResult]:
    try:
        run = importlib.import_module("qdm_driver.compliance.run")  # needs more than the command line does
    except ModuleNotFoundError as error:
        raise click.UsageError(f"{error.name} is missing; install 'qdm[compliance]'") from None
    results: list[CaseResult] = run.check_driver(subject)
    return results


def _only_device(manifest: Path, driver: str) -> QuantumDevice:
    read = read_manifests([manifest])
    if read.problems:
        raise click.UsageError("; ".join(map(str, read.problems)))
    devices = [item.device for item in read.devices if item.device.spec.driver == driver]
    if len(devices) != 1:
        raise click.UsageError(
            f"{manifest} must hold exactly one device with the driver {driver}, holds {len(devices)}"
        )
    return devices[0]


def _native_circuits(file: Path) -> tuple[GradedCircuit, ...]:
    try:
        return read_native_circuits(file)
    except ValidationError as error:
        problems = validation_violations(error, "circuits")
        raise click.UsageError(f"{file}: {'; '.join(map(': '.join, problems))}") from None


def _print(console: Console, name: str, summaries: Sequence[CheckSummary]) -> None:
    table = Table("check", "", "cases", "skipped, because the device lacks", box=None, pad_edge=False)
    for summary in summaries:
        verdict = Text(summary.verdict.value, style=_STYLES[summary.verdict])
        table.add_row(summary.check, verdict, str(summary.run), summary.lacking)
    console.print(table)
    failed = [summary for summary in summaries if summary.failed]
    for summary in failed:
        console.print(f"\n{summary.check}: {summary.promises}", style="bold")
        for case in summary.failed[:_SHOWN_FAILURES]:
            console.print("  " + ": ".join(filter(None, (case.case, case.sentence))), soft_wrap=True)
        if len(summary.failed) > _SHOWN_FAILURES:
            console.print(f"  and {len(summary.failed) - _SHOWN_FAILURES} cases more; --json has all")
    console.print()
    if failed:
        console.print(f"{name} fails {len(failed)} of {len(summaries)} checks", style="bold red")
    else:
        skipped = sum(summary.verdict is Verdict.SKIPPED for summary in summaries)
        console.print(
            f"{name} passes {len(summaries) - skipped} checks; {skipped} do not concern it", style="bold green"
        )
