"""Finds installed drivers: ``*_driver.py`` in plugin folders, and the entry-point group ``qdm.drivers``.

Nothing else is ever imported by name from a request or a manifest. A source is found without importing it, so a
driver that cannot be loaded harms no other.
"""

import importlib.util
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

from qdm_driver.base import BaseDriver
from qdm_driver.config import DriverConfig
from qdm_driver.execution import ExecutionOptions

ENTRY_POINT_GROUP = "qdm.drivers"

DriverClass = type[BaseDriver[Any, Any]]


class DriverLoadError(Exception):
    """A driver cannot be used; the message names it, where it lies and what is wrong."""


@dataclass(frozen=True, slots=True)
class PluginFile:
    """A driver in a plugin folder: ``simulator_driver.py`` is the driver ``simulator``."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the driver."""
        return self.path.stem.removesuffix("_driver")

    def __str__(self) -> str:
        return f"plugin {self.path}"

    def load(self) -> object:
        """Imports the file and returns its one driver class."""
        module = _import_file(self.path)
        own = [item for item in vars(module).values() if _is_driver(item) and item.__module__ == module.__name__]
        if len(own) != 1:
            raise DriverLoadError(f"must define exactly one subclass of BaseDriver, found {len(own)}")
        return own[0]


@dataclass(frozen=True, slots=True)
class PluginEntryPoint:
    """A driver of an installed distribution; its name is the entry point's."""

    entry_point: EntryPoint

    @property
    def name(self) -> str:
        """Name of the driver."""
        return self.entry_point.name

    def __str__(self) -> str:
        return f"entry point {self.entry_point.value}"

    def load(self) -> object:
        """Imports and returns what the entry point names."""
        return self.entry_point.load()


DriverSource = PluginFile | PluginEntryPoint
Catalogue = Mapping[str, Sequence[DriverSource]]


def discover(plugin_folders: Iterable[Path]) -> Catalogue:
    """Returns the sources of every driver name, sorted by name, without importing any of them."""
    found: dict[str, list[DriverSource]] = defaultdict(list)
    for folder in plugin_folders:
        for path in sorted(folder.glob("*_driver.py")):
            found[PluginFile(path).name].append(PluginFile(path))
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        found[entry_point.name].append(PluginEntryPoint(entry_point))
    return dict(sorted(found.items()))


def load_driver(name: str, catalogue: Catalogue) -> DriverClass:
    """Imports one driver and returns its class. Raises DriverLoadError."""
    sources = catalogue.get(name, ())
    if not sources:
        raise DriverLoadError(f"no driver {name!r} is installed; installed are: {', '.join(catalogue) or 'none'}")
    if len(sources) > 1:
        raise DriverLoadError(f"driver {name!r} is installed more than once: {', '.join(map(str, sources))}")
    (source,) = sources
    try:
        return _checked(source.load())
    except (Exception, SystemExit) as error:
        problem = str(error) if isinstance(error, DriverLoadError) else f"{type(error).__name__}: {error}"
        raise DriverLoadError(f"driver {name!r} ({source}) cannot be loaded: {problem}") from error


def _checked(candidate: object) -> DriverClass:
    if not _is_driver(candidate):
        raise DriverLoadError("is not a subclass of BaseDriver")
    missing = sorted(candidate.__abstractmethods__)
    missing += [name for name in ("version", "config_model", "options_model") if not hasattr(candidate, name)]
    if missing:
        raise DriverLoadError(f"{candidate.__name__} misses {', '.join(missing)}")
    version: Any = candidate.version
    if not isinstance(version, str):
        kind = type(version).__name__
        raise DriverLoadError(f'{candidate.__name__}.version is of type {kind}; make it a str such as "1.0.0"')
    for name, base in (("config_model", DriverConfig), ("options_model", ExecutionOptions)):
        model = getattr(candidate, name)
        if not (inspect.isclass(model) and issubclass(model, base)):
            raise DriverLoadError(f"{candidate.__name__}.{name} is not a subclass of {base.__name__}")
    for name, field in candidate.options_model.model_fields.items():
        if field.validation_alias not in (None, name):
            place = f"{candidate.options_model.__name__}.{name}"
            raise DriverLoadError(f"{place} has an alias; give the field the option's name")
    return candidate


def _is_driver(item: object) -> TypeGuard[DriverClass]:
    return inspect.isclass(item) and issubclass(item, BaseDriver) and item is not BaseDriver


def _import_file(path: Path) -> ModuleType:
    name = f"qdm_plugin_{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DriverLoadError("is not importable")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
