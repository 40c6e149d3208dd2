"""The rules of protobuf's style guide and of buf's STANDARD and COMMENTS categories, over all our .proto files."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc_tools
import pytest
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

PROTO = Path(__file__).parents[3] / "proto"
SOURCES = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))

PASCAL = re.compile(r"^([A-Z][a-z0-9]*)+$")
LOWER_SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
UPPER_SNAKE = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")

# RFC 0006 names these two; GetDeviceStatusRequest and …Response would be the rule.
NAMED_BY_THE_RFC = {"DeviceStatusRequest", "DeviceStatusResponse"}

# protoc numbers the parts of a file by the field numbers of FileDescriptorProto and its parts.
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_MEMBERS = {_MESSAGE: "field", _ENUM: "value", _SERVICE: "method"}
_PACKAGE = _MEMBER = 2


WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"


def described(source: str) -> descriptor_pb2.FileDescriptorProto:
    with tempfile.NamedTemporaryFile(suffix=".pb") as output:
        arguments = [
            f"-I{PROTO}",
            f"-I{WELL_KNOWN}",
            "--include_source_info",
            f"--descriptor_set_out={output.name}",
            source,
        ]
        assert protoc.main(["protoc", *arguments]) == 0
        (file,) = descriptor_pb2.FileDescriptorSet.FromString(Path(output.name).read_bytes()).file
    return file


FILES = {source: described(source) for source in SOURCES}
every_file = pytest.mark.parametrize("file", FILES.values(), ids=FILES.keys())


def elements(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yields the source path and the name of all that must be commented. None of our messages nests another."""
    yield (_PACKAGE,), f"package {file.package}"
    kinds: list[tuple[int, Iterable[Any]]] = [
        (_MESSAGE, file.message_type),
        (_ENUM, file.enum_type),
        (_SERVICE, file.service),
    ]
    for kind, parts in kinds:
        for index, part in enumerate(parts):
            yield (kind, index), part.name
            for number, member in enumerate(getattr(part, _MEMBERS[kind])):
                yield (kind, index, _MEMBER, number), f"{part.name}.{member.name}"


def test_all_sources_are_looked_at() -> None:
    assert {"eigen/internal/v1/driver_manager.proto", "qdm/sidecar/v1/sidecar.proto"} <= FILES.keys()


@every_file
def test_everything_carries_a_comment(file: descriptor_pb2.FileDescriptorProto) -> None:
    commented = {tuple(place.path) for place in file.source_code_info.location if place.leading_comments.strip()}
    assert [name for path, name in elements(file) if path not in commented] == []


@every_file
def test_comments_on_types_and_methods_begin_with_the_name(file: descriptor_pb2.FileDescriptorProto) -> None:
    comments = {tuple(place.path): place.leading_comments.strip() for place in file.source_code_info.location}
    types_and_methods = [
        (comments[path], name.rpartition(".")[2])
        for path, name in elements(file)
        if path[0] == _SERVICE or (path[0] in _MEMBERS and len(path) == len((_MESSAGE, 0)))
    ]
    assert [name for comment, name in types_and_methods if not comment.startswith(f"{name} ")] == []


@every_file
def test_the_package_is_the_folder_and_ends_in_a_version(file: descriptor_pb2.FileDescriptorProto) -> None:
    assert file.package == str(Path(file.name).parent).replace("/", ".")
    assert re.fullmatch(r"([a-z0-9]+\.)+v\d+((alpha|beta)\d+)?", file.package)
    assert file.syntax == "proto3"
    assert LOWER_SNAKE.fullmatch(Path(file.name).stem)


@every_file
def test_names_are_written_as_the_style_guide_says(file: descriptor_pb2.FileDescriptorProto) -> None:
    parts: list[Any] = [*file.message_type, *file.enum_type, *file.service]
    pascal = [part.name for part in parts]
    pascal += [method.name for service in file.service for method in service.method]
    fields = [field.name for message in file.message_type for field in message.field]
    assert [name for name in pascal if not PASCAL.fullmatch(name)] == []
    assert [name for name in fields if not LOWER_SNAKE.fullmatch(name)] == []
    assert [service.name for service in file.service if not service.name.endswith("Service")] == []


@every_file
def test_enum_values_carry_the_enum_s_name_and_begin_with_unspecified(file: descriptor_pb2.FileDescriptorProto) -> None:
    for enum in file.enum_type:
        prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
        assert (enum.value[0].name, enum.value[0].number) == (f"{prefix}UNSPECIFIED", 0)
        assert [v.name for v in enum.value if not (v.name.startswith(prefix) and UPPER_SNAKE.fullmatch(v.name))] == []


@every_file
def test_field_numbers_have_no_gaps(file: descriptor_pb2.FileDescriptorProto) -> None:
    for message in file.message_type:
        numbers = [field.number for field in message.field]
        assert numbers == list(range(1, len(numbers) + 1)) or message.reserved_range, message.name


@every_file
def test_each_method_has_a_request_and_a_response_of_its_own(file: descriptor_pb2.FileDescriptorProto) -> None:
    methods = [method for service in file.service for method in service.method]
    used = sorted(name.rpartition(".")[2] for method in methods for name in (method.input_type, method.output_type))
    assert [name for name, following in pairwise(used) if name == following] == []
    for method in methods:
        for name, ending in ((method.input_type, "Request"), (method.output_type, "Response")):
            short = name.rpartition(".")[2]
            assert short in {f"{method.name}{ending}"} | NAMED_BY_THE_RFC


@every_file
def test_no_message_nests_another(file: descriptor_pb2.FileDescriptorProto) -> None:
    nested = [f"{m.name}.{n.name}" for m in file.message_type for n in m.nested_type if not n.options.map_entry]
    assert nested == []
    assert [message.name for message in file.message_type if message.enum_type] == []
