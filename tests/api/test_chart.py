"""The chart against a real API server: what it is checked against, and whether it is taken."""

import importlib.util
from collections.abc import AsyncIterator
from types import ModuleType

import pytest

from api_tier.binaries import ROOT
from api_tier.chart import pod_of, render
from api_tier.client import APPLY, NAMESPACES, Client, Json, Refused, path_of
from qdm_cluster.names import PODS

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
DRY_RUN = "dryRun=All&fieldManager=chart&fieldValidation=Strict"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("chart_schemas", ROOT / "scripts/chart_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_schemas_of_its_check_are_those_of_this_api_server(client: Client) -> None:
    schemas = load()
    wanted = schemas.files(await client.get("/openapi/v2"))
    there = {file.name: file.read_text() for file in schemas.TARGET.iterdir()}
    differing = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    assert differing == [], "see scripts/chart_schemas.py on how to write them anew"


@pytest.mark.timeout(900)  # the first run builds helm
async def test_the_api_server_takes_every_object_of_the_chart_and_its_pods_as_restricted_ones(
    client: Client, namespace: str
) -> None:
    await client.patch(NAMESPACES.path("", namespace), {"metadata": {"labels": RESTRICTED}})
    taken = [obj async for obj in _taken(client, namespace)]
    pods = [_pod(obj) for obj in taken if obj["kind"] == "Deployment"]
    assert len(pods) == 2 * 2
    for pod in pods:
        await client.create(f"{PODS.path(namespace)}?dryRun=All", pod)
        careless = pod | {"spec": pod["spec"] | {"hostNetwork": True}}
        with pytest.raises(Refused, match="PodSecurity"):
            await client.create(f"{PODS.path(namespace)}?dryRun=All", careless)


async def _taken(client: Client, namespace: str) -> AsyncIterator[Json]:
    """Yields what the chart renders, by default and with more, when the API server has said that it would take it."""
    for values in [(), ("watch.allNamespaces=true", "networkPolicy.apiServers={10.0.0.1/32}")]:
        for obj in render(*values, namespace=namespace).objects:
            await client.request("PATCH", f"{_path(obj)}?{DRY_RUN}", obj, content_type=APPLY)
            yield obj


def _pod(deployment: Json) -> Json:
    template = pod_of(deployment)
    metadata = template["metadata"] | {"generateName": "qdm-"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def _path(obj: Json) -> str:
    """NetworkPolicy is the one kind of which there are no NetworkPolicys."""
    return path_of(obj).replace("networkpolicys", "networkpolicies")
