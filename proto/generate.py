"""Generates the Python code of every .proto file below this folder into proto/qdm_proto.

``python proto/generate.py`` writes; ``python proto/generate.py --verify`` writes nothing and fails where the
checked-in code differs from what the pinned grpcio-tools would write.
"""

import re
import sys
import tempfile
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).parent
SOURCES = sorted(path.relative_to(ROOT) for folder in ("eigen", "qdm") for path in (ROOT / folder).rglob("*.proto"))
TARGET = ROOT / "qdm_proto"

# protoc imports generated modules by their .proto path; ours live below the package qdm_proto.
IMPORT = re.compile(r"^from (eigen|qdm)\.", re.MULTILINE)


def generate(target: Path) -> dict[Path, str]:
    """Runs protoc into ``target`` and returns the finished text of each generated file by its relative path."""
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    arguments = ["protoc", f"-I{ROOT}", f"-I{well_known}", *map(str, SOURCES)]
    arguments += [f"--python_out={target}", f"--pyi_out={target}", f"--grpc_python_out={target}"]
    if protoc.main(arguments) != 0:
        raise SystemExit("protoc failed")
    return {path: IMPORT.sub(r"from qdm_proto.\1.", text) for path, text in sources_in(target).items()}


def sources_in(folder: Path) -> dict[Path, str]:
    """Returns the text of each generated file below ``folder`` by its relative path."""
    files = sorted(path for path in folder.rglob("*_pb2*.py*") if path.suffix in {".py", ".pyi"})
    return {path.relative_to(folder): path.read_text() for path in files}


def main() -> None:
    """Writes or verifies, as the command line says."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = generate(Path(folder))
    found = sources_in(TARGET)
    if sys.argv[1:] == ["--verify"]:
        drifted = sorted(str(path) for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))
        if drifted:
            raise SystemExit(f"generated code differs from proto/: {', '.join(drifted)}; run `make proto`")
        return
    for path in found.keys() - wanted.keys():
        (TARGET / path).unlink()
    for path, text in wanted.items():
        (TARGET / path).parent.mkdir(parents=True, exist_ok=True)
        (TARGET / path).write_text(text)


if __name__ == "__main__":
    main()
