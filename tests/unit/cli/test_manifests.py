from pathlib import Path

import pytest

from qdm_cli.fleet.manifests import read_manifests, without_duplicates

HEAD = "apiVersion: qdm.eigen-os.io/v1alpha1\nkind: QuantumDevice\n"


def device(name: str, spec: str = "driver: simulator") -> str:
    return f"{HEAD}metadata: {{name: {name}}}\nspec: {{{spec}}}\n"


ALIASES = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join(10 * [f'*a{i - 1}'])}]\n" for i in range(1, 10))


def written(folder: Path, text: str, name: str = "fleet.yaml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_every_document_of_every_file_is_read_in_order(tmp_path: Path) -> None:
    first = written(tmp_path, f"---\n{device('a')}---\n---\n{device('b')}", "1.yaml")
    second = written(tmp_path, device("c", "driver: simulator, deviceId: 'sim:c'"), "2.yaml")
    read = read_manifests([first, second])
    assert not read.problems
    assert [manifest.device.device_id for manifest in read.devices] == ["a", "b", "sim:c"]
    assert [manifest.place for manifest in read.devices] == [(str(first), 1), (str(first), 3), (str(second), 1)]


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        (device("a", ""), "spec.driver", "required"),
        (device("a", "driver: s, colour: red"), "spec.colour", "unknown field"),
        (device("a", "driver: s, queue: {maxDepth: 0}"), "spec.queue.maxDepth", "greater than or equal to 1"),
        (device("a", "driver: s, availability: Maybe"), "spec.availability", "Maintenance"),
        (device("Not A Name"), "metadata.name", "at most 55 characters"),
        (device("a").replace("v1alpha1", "v9"), "apiVersion", "v1alpha1"),
        (device("a").replace("QuantumDevice", "Secret"), "kind", "QuantumDevice"),
        (device("a", "driver: s, driver: t"), "line 4, column 19", "'driver' is given twice"),
        ("- a\n- list\n", "", "must be a QuantumDevice"),
        ("a: [", "line 1, column 5", "is no YAML"),
        ("a: \x00", "", "is no YAML text"),
        ('a: "\\U00110000"', "", "is no YAML text"),
        ("? {a: b}\n: c\n", "line 1, column 3", "a key must be a string"),
        ('a: !!int "x"', "line 1, column 4", "no int can be read from this"),
        ("a: !!int ''", "line 1, column 4", "no int can be read from this"),
        ("a: 1" + 5000 * "0", "line 1, column 4", "no int can be read from this"),
        ("a: !!bool maybe", "line 1, column 4", "no bool can be read from this"),
        ("a: !!binary aGVsbG8=", "line 1, column 4", "is no YAML"),
        ("a: &x [*x]", "line 1, column 4", "nests deeper than 100 levels"),
        ("a: &x {<<: *x}", "line 1, column 4", "nests deeper than 100 levels"),
        ("a: " + 5000 * "[", "", "nests deeper than 100 levels"),
        ("a: " + 120 * "[" + 120 * "]", "line 1, column 103", "nests deeper than 100 levels"),
        (ALIASES, "line 1, column 5", "holds more than 100000 values"),
    ],
)
def test_a_structural_error_is_told_with_its_place(tmp_path: Path, text: str, field: str, words: str) -> None:
    file = written(tmp_path, text)
    read = read_manifests([file])
    assert not read.devices
    (problem,) = read.problems
    assert problem.place == (str(file), 1)
    assert problem.field == field
    assert words in problem.description


@pytest.mark.parametrize("name", ["2024-01-01", "2024-99-99", "12:30", "12:30.5", "="])
def test_what_kubernetes_reads_as_a_string_is_one(tmp_path: Path, name: str) -> None:
    read = read_manifests([written(tmp_path, device("a", f"driver: s, displayName: {name}"))])
    assert [manifest.device.spec.display_name for manifest in read.devices] == [name]


def test_aliases_and_merged_keys_are_read(tmp_path: Path) -> None:
    config = "driverConfig: {one: &one {x: 1}, two: *one, three: {<<: *one, y: 2.5}}"
    read = read_manifests([written(tmp_path, device("a", f"driver: s, {config}"))])
    assert [manifest.device.spec.driver_config for manifest in read.devices] == [
        {"one": {"x": 1}, "two": {"x": 1}, "three": {"x": 1, "y": 2.5}}
    ]


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    one = written(tmp_path, f"{device('a', '')}---\n{device('b')}---\n{device('c', 'driver: s, x: 1, y: 2')}", "1.yaml")
    missing = tmp_path / "missing.yaml"
    assert [str(problem).partition(": ")[0] for problem in read_manifests([one, missing]).problems] == [
        f"{one}, document 1",
        f"{one}, document 3",
        f"{one}, document 3",
        f"{missing}, document 1",
    ]


@pytest.mark.parametrize(
    ("second", "field"),
    [
        (device("b", "driver: s, deviceId: a"), "spec.deviceId"),
        (device("a", "driver: s, deviceId: b"), "metadata.name"),
    ],
)
def test_of_two_devices_with_one_id_or_name_the_first_works(tmp_path: Path, second: str, field: str) -> None:
    file = written(tmp_path, f"{device('a')}---\n{second}---\n{device('c')}")
    unique = without_duplicates(read_manifests([file]).devices)
    assert [manifest.device.metadata.name for manifest in unique.devices] == ["a", "c"]
    (problem,) = unique.problems
    assert problem.place.document == 2
    assert problem.field == field
    assert "document 1" in problem.description


def test_the_example_fleet_is_valid() -> None:
    read = read_manifests([Path(__file__).parents[3] / "examples" / "fleet.yaml"])
    assert not read.problems
    assert [manifest.device.device_id for manifest in read.devices] == ["sim:local", "sim:small"]
