"""Every command that an image has a use for can be called there: all that it imports is in the image's lock."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "requirements"
FOR_ALL = ("calibrate", "convert", "devices", "drivers", "run", "status", "up")

IMPORT = """
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

commands, refused = sys.argv[1].split(","), set(sys.argv[2].split(","))
sys.meta_path.insert(0, Absent())
for command in commands:
    importlib.import_module(f"qdm_cli.commands.{command}")
"""


@pytest.mark.parametrize("program", ["facade", "operator", "sidecar"])
def test_what_a_command_imports_is_in_the_lock_of_the_image(program: str) -> None:
    lock = FOLDER / ("sidecar-simulator.txt" if program == "sidecar" else f"{program}.txt")
    pinned = {name.replace("_", "-") for name in re.findall(r"^([a-z0-9._-]+)==", lock.read_text(), re.MULTILINE)}
    installed = {
        module: {distribution.lower().replace("_", "-") for distribution in distributions}
        for module, distributions in packages_distributions().items()
    }
    absent = [module for module, names in installed.items() if names.isdisjoint(pinned | {"qdm"})]
    assert "pytest" in absent
    arguments = [",".join((*FOR_ALL, program)), ",".join(absent)]
    subprocess.run([sys.executable, "-c", IMPORT, *arguments], check=True)
