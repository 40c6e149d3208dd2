import json

import pytest
from pydantic import ValidationError

from qdm_facade.local_routes import LocalRoutes
from qdm_facade.routes import Route

GOOD = {"device_id": "sim:local", "display_name": "Simulator", "address": "unix:/run/x.sock"}


def written(content: object) -> bytes:
    return (content if isinstance(content, str) else json.dumps(content)).encode()


async def test_the_file_is_one_snapshot() -> None:
    nameless = {"device_id": "b", "address": "127.0.0.1:50061"}
    source = LocalRoutes.parse(written({"routes": [GOOD, nameless]}))
    assert [list(routes) async for routes in source.snapshots()] == [
        [Route("sim:local", "Simulator", "unix:/run/x.sock", ""), Route("b", "b", "127.0.0.1:50061", "")]
    ]


async def test_a_fleet_may_be_empty() -> None:
    source = LocalRoutes.parse(written({"routes": []}))
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
def test_a_wrong_file_is_refused_with_the_place(content: object, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        LocalRoutes.parse(written(content))
