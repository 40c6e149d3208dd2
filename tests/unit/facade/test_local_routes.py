import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from qdm_facade.local_routes import LocalRoutes
from qdm_facade.routes import Route

GOOD = {"device_id": "sim:local", "display_name": "Simulator", "address": "unix:/run/x.sock"}


def written(folder: Path, content: object) -> Path:
    file = folder / "routes.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


async def test_the_file_is_one_snapshot(tmp_path: Path) -> None:
    nameless = {"device_id": "b", "address": "127.0.0.1:50061"}
    source = LocalRoutes.read(written(tmp_path, {"routes": [GOOD, nameless]}))
    assert [list(routes) async for routes in source.snapshots()] == [
        [Route("sim:local", "Simulator", "unix:/run/x.sock", ""), Route("b", "b", "127.0.0.1:50061", "")]
    ]


async def test_a_fleet_may_be_empty(tmp_path: Path) -> None:
    source = LocalRoutes.read(written(tmp_path, {"routes": []}))
    assert [list(routes) async for routes in source.snapshots()] == [[]]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "Invalid JSON"),
        ("{", "Invalid JSON"),
        ([], "valid dictionary or object|Input should be an object"),
        ({}, "routes"),
        ({"routes": [GOOD | {"address": "nowhere"}]}, "routes.0.address"),
        ({"routes": [GOOD | {"device_id": ""}]}, "routes.0.device_id"),
        ({"routes": [GOOD | {"adress": "x"}]}, "routes.0.adress"),
        ({"routes": [GOOD, GOOD]}, "more than one route to sim:local"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(tmp_path: Path, content: object, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        LocalRoutes.read(written(tmp_path, content))


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LocalRoutes.read(tmp_path / "none")
