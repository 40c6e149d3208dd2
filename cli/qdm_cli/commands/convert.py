"""`qdm convert`."""

import sys
from pathlib import Path

import click

from qdm_circuits.aqo import canonical_bytes, document_to_proto, read_aqo_json, read_aqo_proto
from qdm_cli.console import say, talk_console
from qdm_cli.exit_codes import Exit
from qdm_cli.formats import Format, format_of
from qdm_driver.errors import DriverError

_READERS = {Format.AQO_JSON: read_aqo_json, Format.AQO_PROTO: read_aqo_proto}
_WRITERS = {Format.AQO_JSON: canonical_bytes, Format.AQO_PROTO: document_to_proto}
_NAMES = click.Choice([item.value for item in _READERS])


@click.command(
    epilog="""\b
Examples:
  qdm convert ghz.aqo.json --to aqo-proto -o ghz.aqo.pb
  qdm convert ghz.aqo.pb --to aqo-json
  qdm convert ghz.aqo.json --to aqo-json | sha256sum      its aqo_hash
"""
)
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "wanted", type=_NAMES, required=True, help="The encoding to write.")
@click.option("--from", "given", type=_NAMES, help="The encoding of FILE; told from suffix and content.")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write here; default: stdout.",
)
def command(*, file: Path, wanted: str, given: str | None, output: Path | None) -> None:
    """Convert an AQO document between its two encodings, JSON text and compact protobuf.

    Nothing is lost: converted back, it is the same document. JSON is written in its canonical form, with sorted keys
    and no spaces. Standard error tells the document's aqo_hash, which is the same in both encodings. The document is
    checked first; its symbols need no values. OpenQASM and native circuits are not converted.
    """
    if output is None and Format(wanted) is Format.AQO_PROTO and sys.stdout.isatty():
        raise click.UsageError("A terminal can't show protobuf; give -o OUT, or redirect the output.")
    data = _read(file)
    found = Format(given) if given else format_of(file.name, data)
    if found not in _READERS:
        what = "of unknown format; give --from" if found is None else f"{found.value}; only AQO documents are converted"
        raise click.UsageError(f"{file}: is {what}.")
    try:
        document = _READERS[found](data)
        converted = _WRITERS[Format(wanted)](document.json())
    except DriverError as error:
        say(talk_console(), f"{file}: {error.message}", hint="mend the place named")
        sys.exit(Exit.REFUSED)
    talk_console().print(f"aqo_hash {document.aqo_hash}")
    _write(converted, output)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}.") from None


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise click.UsageError(f"{output}: {error.strerror}.") from None
