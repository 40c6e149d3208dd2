"""`qdm run`."""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from qdm_cli.client import Client, connect
from qdm_cli.commands.calls import address_option, json_option, report
from qdm_cli.commands.parameters import seconds, text
from qdm_cli.console import data_console, speaks_unicode, talk_console, write_json
from qdm_cli.exit_codes import Exit, exit_of
from qdm_cli.failures import CallError, failure_json
from qdm_cli.formats import Format, format_of
from qdm_cli.histogram import histogram, histogram_table
from qdm_cli.progress import progress
from qdm_cli.shapes import result_json
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb


class Circuit(NamedTuple):
    """A circuit as read from its file."""

    file: str
    data: bytes
    format: Format


class Job(NamedTuple):
    """How circuits are to be run; ``timeout`` in seconds is for each."""

    device_id: str
    shots: int
    options: Mapping[str, str]
    job_id: str
    timeout: float | None


@click.command(
    epilog="""\b
Examples:
  qdm run bell.qasm --device sim:local
  qdm run examples/* --device sim:local --shots 4096 --seed 7
  qdm run ansatz.aqo.json --device sim:local --option theta=0.5 --json | jq .counts
"""
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--device", "device_id", metavar="ID", type=text, required=True, help="The device to run on; see `qdm devices`."
)
@click.option(
    "--shots", type=click.IntRange(-(2**31), 2**31 - 1), default=1024, show_default=True, help="Times to run."
)
@click.option("--seed", type=int, help="Same seed, same counts, where the device has seeds; short for --option seed=S.")
@click.option(
    "--option",
    "options",
    metavar="KEY=VALUE",
    type=text,
    multiple=True,
    help="An option of the driver, or a symbol's value.",
)
@click.option(
    "--format",
    "wanted_format",
    type=click.Choice([item.value for item in Format]),
    help="The files' format; told from suffix and content.",
)
@click.option(
    "--job-id", type=text, default="", help="Idempotency key: the same job is never run twice. One FILE only."
)
@click.option("--timeout", metavar="SECONDS", type=seconds, help="Longest time for each file.")
@address_option
@json_option
def command(
    *,
    files: tuple[Path, ...],
    device_id: str,
    shots: int,
    seed: int | None,
    options: tuple[str, ...],
    wanted_format: str | None,
    job_id: str,
    timeout: float | None,
    address: str,
    as_json: bool,
) -> None:
    """Run each FILE on a device and print how often each outcome was seen.

    The rightmost character of an outcome is classical bit 0. Files run one after the other; one that fails is
    reported and the others still run. The exit code is that of the first failure. Of several FILEs, those that are no
    circuits are skipped with a note.
    """
    if job_id and len(files) > 1:
        raise click.UsageError("--job-id names one job; give one FILE with it.")
    read = [_read(file, Format(wanted_format) if wanted_format else None) for file in files]
    circuits = [circuit for circuit in read if circuit is not None]
    if not circuits:
        if files[0].is_dir():
            raise click.UsageError(f"{files[0]}: is a folder; give the files in it.")
        raise click.UsageError(f"{files[0]}: neither its suffix nor its content tells the format; give --format.")
    for skipped in (file for file, circuit in zip(files, read, strict=True) if circuit is None):
        if as_json:
            write_json({"file": str(skipped), "skipped": True})
        else:
            talk_console().print(f"{skipped} is skipped: it is no circuit")
    job = Job(device_id, shots, parse_options(options, seed), job_id, timeout)
    sys.exit(asyncio.run(_run(address, circuits, job, as_json=as_json)))


def parse_options(given: Sequence[str], seed: int | None) -> dict[str, str]:
    """Returns options as the wire has them. Raises click.UsageError where one is malformed or given twice."""
    pairs = [text.partition("=") for text in given]
    if seed is not None:
        pairs.append(("seed", "=", str(seed)))
    options: dict[str, str] = {}
    for key, equals, value in pairs:
        if not key or not equals:
            raise click.UsageError(f"--option {key}: must be KEY=VALUE.")
        if key in options:
            raise click.UsageError(f"The option {key} is given twice.")
        options[key] = value
    return options


def _read(file: Path, wanted: Format | None) -> Circuit | None:
    if file.is_dir():
        return None
    try:
        data = file.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}.") from None
    found = wanted or format_of(file.name, data)
    return None if found is None else Circuit(str(file), data, found)


async def _run(address: str, circuits: Sequence[Circuit], job: Job, *, as_json: bool) -> Exit:
    outcome = Exit.OK
    async with connect(address) as client:
        with progress(talk_console(quiet=as_json), "", total=len(circuits)) as advance:
            for done, circuit in enumerate(circuits):
                advance(done, circuit.file)
                try:
                    await _run_one(client, circuit, job, as_json=as_json)
                except CallError as error:
                    outcome = outcome or exit_of(error.failure.code)
                    if as_json:
                        write_json({"file": circuit.file, "error": failure_json(error.failure)})
                    else:
                        report(error.failure, about=circuit.file)
    return outcome


async def _run_one(client: Client, circuit: Circuit, job: Job, *, as_json: bool) -> None:
    began = time.perf_counter()
    answer = await client.execute(
        job.device_id,
        circuit.data,
        circuit.format,
        shots=job.shots,
        options=job.options,
        job_id=job.job_id,
        timeout=job.timeout,
    )
    seconds = time.perf_counter() - began
    if as_json:
        write_json(result_json(circuit.file, job.device_id, answer, total_sec=seconds))
    else:
        print_result(circuit.file, job.device_id, answer, total_sec=seconds)


def print_result(file: str, device_id: str, answer: pb.ExecuteCircuitResponse, *, total_sec: float) -> None:
    """Prints a result for people: a line on what ran, and the histogram."""
    console = data_console()
    shots = sum(answer.counts.values())
    times = f"{answer.execution_time_sec * 1e3:.1f} ms on the device, {total_sec * 1e3:.1f} ms in all"
    console.print(f"{file} on {device_id}: {shots} shots, {times}", style="bold")
    shown = histogram(answer.counts)
    console.print(histogram_table(shown, width=console.width, plain=not speaks_unicode(console)))
    console.print()
