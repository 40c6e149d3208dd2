"""The schemas that the chart is checked against are what the API server says of itself."""

import importlib.util
from types import ModuleType

from api_tier.binaries import ROOT
from api_tier.client import Client


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chart_schemas", ROOT / "scripts/chart_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_they_are_those_of_this_api_server(client: Client) -> None:
    schemas = load()
    wanted = schemas.files(await client.get("/openapi/v2"))
    there = {file.name: file.read_text() for file in schemas.TARGET.iterdir()}
    differing = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    assert differing == [], "see scripts/chart_schemas.py on how to write them anew"
