"""Reads QuantumDevice manifests and says everything that is wrong with them."""

from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from qdm_common.manifest import QuantumDevice
from qdm_driver.validation import validation_violations


class Place(NamedTuple):
    """Where a document stands; ``document`` counts from 1 within the file."""

    file: str
    document: int

    def __str__(self) -> str:
        return f"{self.file}, document {self.document}"


class Problem(NamedTuple):
    """One thing wrong with a manifest."""

    place: Place
    field: str
    description: str

    def __str__(self) -> str:
        return f"{self.place}: {self.field}: {self.description}" if self.field else f"{self.place}: {self.description}"


class Manifest(NamedTuple):
    """One device and where it was read."""

    place: Place
    device: QuantumDevice


class Manifests(NamedTuple):
    """All that was read, in file order."""

    devices: tuple[Manifest, ...]
    problems: tuple[Problem, ...]


def read_manifests(files: Iterable[Path]) -> Manifests:
    """Reads every document of every file; empty ones are skipped."""
    items = [item for file in files for item in _read_file(file)]
    return Manifests(
        tuple(item for item in items if isinstance(item, Manifest)),
        tuple(item for item in items if isinstance(item, Problem)),
    )


def without_duplicates(devices: Iterable[Manifest]) -> Manifests:
    """Keeps the first device of each deviceId and each name; says of every later one why it is refused."""
    ids: dict[str, Place] = {}
    names: dict[str, Place] = {}
    kept, problems = [], []
    for manifest in devices:
        place, device = manifest
        if (first := ids.get(device.device_id)) is not None:
            text = f"{device.device_id!r} is taken by the device in {first}; this one is not started"
            problems.append(Problem(place, "spec.deviceId", text))
        elif (first := names.get(device.metadata.name)) is not None:
            text = f"{device.metadata.name!r} is taken by the device in {first}; this one is not started"
            problems.append(Problem(place, "metadata.name", text))
        else:
            ids[device.device_id] = names[device.metadata.name] = place
            kept.append(manifest)
    return Manifests(tuple(kept), tuple(problems))


def _read_file(file: Path) -> Iterator[Manifest | Problem]:
    number = 1
    try:
        with file.open("rb") as stream:
            for document in yaml.load_all(stream, _StrictLoader):
                if document is not None:
                    yield from _parse(Place(str(file), number), document)
                number += 1
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        yield Problem(Place(str(file), number), where, f"is no YAML: {error.problem}")
    except RecursionError:
        yield Problem(Place(str(file), number), "", f"nests deeper than {_DEEPEST} levels")
    except (yaml.YAMLError, ValueError):
        yield Problem(Place(str(file), number), "", "is no YAML text")
    except OSError as error:
        yield Problem(Place(str(file), number), "", error.strerror or "cannot be read")


def _parse(place: Place, document: object) -> Iterator[Manifest | Problem]:
    if not isinstance(document, dict):
        yield Problem(place, "", "must be a QuantumDevice: a mapping with apiVersion, kind, metadata and spec")
        return
    try:
        yield Manifest(place, QuantumDevice.read(document))
    except ValidationError as error:
        for field, description in validation_violations(error, ""):
            yield Problem(place, field.removeprefix("."), description)


_CORE = "tag:yaml.org,2002:"
_PLAIN = {f"{_CORE}{name}" for name in ("null", "bool", "int", "float", "merge")}
_DEEPEST = 100
_MOST_VALUES = 100_000


class _StrictLoader(yaml.SafeLoader):
    """Reads what is JSON in the end, as Kubernetes does.

    A key that is given twice is refused, where PyYAML would take the last one; dates, times and numbers to the base 60
    are strings; what aliases expand to is bounded.
    """

    yaml_constructors = {  # noqa: RUF012 - where PyYAML looks for them
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag in {None, *_PLAIN, f"{_CORE}str", f"{_CORE}seq", f"{_CORE}map"}
    }

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """Returns the tag of a node that has none."""
        tag = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        if kind is yaml.ScalarNode and (tag not in _PLAIN or ":" in value):
            return self.DEFAULT_SCALAR_TAG
        return tag

    def construct_document(self, node: yaml.Node) -> Any:
        """Builds a document of bounded depth and size."""
        left = [(node, 1)]
        values = 0
        while left:
            inner, depth = left.pop()
            values += 1
            if depth > _DEEPEST:
                raise _error(inner, f"nests deeper than {_DEEPEST} levels")
            if values > _MOST_VALUES:
                raise _error(inner, f"holds more than {_MOST_VALUES} values, with its aliases expanded")
            if isinstance(inner, yaml.SequenceNode):
                left += [(item, depth + 1) for item in inner.value]
            elif isinstance(inner, yaml.MappingNode):
                left += [(item, depth + 1) for pair in inner.value for item in pair]
        return super().construct_document(node)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Builds a value that its tag fits."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError):
            raise _error(node, f"no {node.tag.removeprefix(_CORE)} can be read from this") from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Builds a mapping of keys that differ."""
        seen = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _error(key_node, "a key must be a string")
            if key_node.value in seen:
                raise _error(key_node, f"the key {key_node.value!r} is given twice")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def _error(node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)
