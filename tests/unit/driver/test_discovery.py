from collections.abc import Callable
from pathlib import Path

import pytest

from qdm_driver import BaseDriver
from qdm_driver.discovery import DriverLoadError, discover, load_driver

Plugin = Callable[..., Path]
Installed = Callable[..., None]


@pytest.fixture(autouse=True)
def nothing_else_installed(installed: Installed) -> None:
    installed()


def test_a_plugin_file_is_found_and_loaded_by_its_name(plugin: Plugin, good_driver: str) -> None:
    catalogue = discover([plugin("tame_driver", good_driver)])
    assert list(catalogue) == ["tame"]
    assert issubclass(load_driver("tame", catalogue), BaseDriver)


def test_an_entry_point_is_found_and_loaded_by_its_name(plugin: Plugin, good_driver: str, installed: Installed) -> None:
    folder = plugin("tame_driver", good_driver)
    load_driver("tame", discover([folder]))
    installed(vendor="qdm_plugin_tame_driver:Good")
    assert load_driver("vendor", discover([])).version == "1"


def test_names_come_sorted_from_all_sources(plugin: Plugin, installed: Installed) -> None:
    installed(middle="somewhere:Driver")
    plugin("zoo_driver", "")
    assert list(discover([plugin("ant_driver", "")])) == ["ant", "middle", "zoo"]


def test_only_files_named_as_drivers_are_looked_at(plugin: Plugin) -> None:
    assert discover([plugin("engine", "raise SystemExit"), Path("/nowhere")]) == {}


def test_finding_imports_nothing(plugin: Plugin) -> None:
    assert list(discover([plugin("rude_driver", "raise SystemExit('imported')")])) == ["rude"]


def test_an_unknown_driver_is_told_what_is_installed(plugin: Plugin) -> None:
    plugin("ant_driver", "")
    with pytest.raises(DriverLoadError, match=r"^no driver 'bee' is installed; installed are: ant, zoo$"):
        load_driver("bee", discover([plugin("zoo_driver", "")]))


def test_an_empty_machine_says_so() -> None:
    with pytest.raises(DriverLoadError, match=r"^no driver 'bee' is installed; installed are: none$"):
        load_driver("bee", discover([]))


def test_two_drivers_of_one_name_are_both_named(plugin: Plugin, good_driver: str, installed: Installed) -> None:
    installed(twin="vendor.module:Driver")
    folders = [plugin("twin_driver", good_driver, folder=folder) for folder in ("one", "two")]
    with pytest.raises(DriverLoadError, match="'twin' is installed more than once") as refused:
        load_driver("twin", discover(folders))
    for source in (str(folders[0]), str(folders[1]), "vendor.module:Driver"):
        assert source in str(refused.value)


GOOD = "from qdm_driver import *\nclass D(BaseDriver):\n    version = '1'\n"
METHODS = "initialize", "get_devices", "execute_circuit", "get_device_status", "calibrate_device"
ALL_METHODS = "".join(f"    def {name}(self, *arguments): ...\n" for name in METHODS)
MODELS = "    config_model = DriverConfig\n    options_model = ExecutionOptions\n"

ALIASED = "from pydantic import Field\nfrom qdm_driver import *\n"
ALIASED += "class O(ExecutionOptions):\n    max_cost: float = Field(1, alias='maxCost')\n"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import no_such_sdk", "ModuleNotFoundError: No module named 'no_such_sdk'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def broken(:", "SyntaxError"),
        ("x = 1", "must define exactly one subclass of BaseDriver, found 0"),
        ("from qdm_driver import BaseDriver", "must define exactly one subclass of BaseDriver, found 0"),
        ("class Driver: ...", "must define exactly one subclass of BaseDriver, found 0"),
        (GOOD + "class E(D): ...", "must define exactly one subclass of BaseDriver, found 2"),
        (GOOD + MODELS, "D misses calibrate_device, execute_circuit, get_device_status, get_devices, initialize"),
        (GOOD + MODELS + ALL_METHODS.replace("get_devices", "get_device"), "D misses get_devices"),
        (GOOD + ALL_METHODS, "D misses config_model, options_model"),
        (ALIASED + GOOD + MODELS.replace("ExecutionOptions", "O") + ALL_METHODS, "O.max_cost has an alias; "),
        (GOOD.replace("'1'", "1.0") + MODELS + ALL_METHODS, "D.version is of type float; make it a str"),
    ],
)
def test_a_driver_that_cannot_be_used_is_named_with_the_reason(plugin: Plugin, source: str, problem: str) -> None:
    folder = plugin("odd_driver", source)
    with pytest.raises(DriverLoadError) as refused:
        load_driver("odd", discover([folder]))
    assert str(refused.value).startswith(f"driver 'odd' (plugin {folder / 'odd_driver.py'}) cannot be loaded: ")
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("entry_point", "problem"),
    [
        ("no_such_module:Driver", "No module named 'no_such_module'"),
        ("json:NoSuchName", "has no attribute 'NoSuchName'"),
        ("json:JSONDecoder", "is not a subclass of BaseDriver"),
        ("json:dumps", "is not a subclass of BaseDriver"),
        ("qdm_driver:BaseDriver", "is not a subclass of BaseDriver"),
    ],
)
def test_an_entry_point_that_is_no_driver_is_named_with_the_reason(
    installed: Installed, entry_point: str, problem: str
) -> None:
    installed(odd=entry_point)
    with pytest.raises(DriverLoadError) as refused:
        load_driver("odd", discover([]))
    assert str(refused.value).startswith(f"driver 'odd' (entry point {entry_point}) cannot be loaded: ")
    assert problem in str(refused.value)


def test_a_driver_that_cannot_be_loaded_harms_no_other(plugin: Plugin, good_driver: str) -> None:
    plugin("broken_driver", "1 / 0")
    catalogue = discover([plugin("tame_driver", good_driver)])
    with pytest.raises(DriverLoadError):
        load_driver("broken", catalogue)
    assert load_driver("tame", catalogue).version == "1"


def test_a_module_that_failed_once_fails_again_with_the_same_reason(plugin: Plugin) -> None:
    catalogue = discover([plugin("broken_driver", "1 / 0")])
    for _ in range(2):
        with pytest.raises(DriverLoadError, match="division by zero"):
            load_driver("broken", catalogue)


def test_a_module_that_ends_the_process_on_import_is_named_with_the_reason(plugin: Plugin) -> None:
    with pytest.raises(DriverLoadError, match=r"driver 'rude' .* cannot be loaded: SystemExit: 3"):
        load_driver("rude", discover([plugin("rude_driver", "raise SystemExit(3)")]))


def test_two_folders_may_hold_modules_of_one_name_one_after_the_other(plugin: Plugin, good_driver: str) -> None:
    old = plugin("tame_driver", good_driver, folder="old")
    new = plugin("tame_driver", good_driver.replace('version = "1"', 'version = "2"'), folder="new")
    assert load_driver("tame", discover([old])).version == "1"
    assert load_driver("tame", discover([new])).version == "2"


def test_a_driver_of_wrong_models_is_named_with_the_reason(plugin: Plugin) -> None:
    source = GOOD + "    config_model = dict\n    options_model = ExecutionOptions\n" + ALL_METHODS
    with pytest.raises(DriverLoadError, match="config_model"):
        load_driver("odd", discover([plugin("odd_driver", source)]))
