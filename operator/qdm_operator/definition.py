"""The cluster's definition of QuantumDevice: whether it is there, and not older than this operator.

Unless the chart installs it (`crds.enabled`), nothing upgrades it with the operator, so an old definition under a new
operator is an ordinary accident: the API server then drops fields it does not know, without a word.
"""

import asyncio
import logging

from qdm_cluster.api import ApiError, KubeApi
from qdm_cluster.names import DEFINITIONS, DEVICES
from qdm_cluster.objects import Json
from qdm_common.manifest import SCHEMA_REVISION, SCHEMA_REVISION_ANNOTATION

NAME = f"{DEVICES.plural}.{DEVICES.group}"
_FORBIDDEN = 403
_PAUSE_SECONDS = 5.0

_log = logging.getLogger(__name__)


async def until_defined(api: KubeApi, namespace: str) -> None:
    """Waits until the cluster knows QuantumDevice and tells of it; says so while it waits."""
    while True:
        try:
            await api.list(DEVICES, namespace=namespace)
            if await _is_told_of(api):
                return
            text = "the cluster serves QuantumDevice, but does not tell of it yet"
        except ApiError as error:
            missing = "the cluster does not know QuantumDevice; run: kubectl apply --server-side -f crds/"
            text = missing if error.not_found else str(error)
        _log.warning("%s", text, extra={"fields": {"stage": "start"}})
        await asyncio.sleep(_PAUSE_SECONDS)


async def _is_told_of(api: KubeApi) -> bool:
    """Asks whether the API server lists the kind among those it has, which it does a moment after it serves it."""
    groups = (await api.get("/apis")).get("groups") or []
    if DEVICES.group not in {group["name"] for group in groups}:
        return False
    kinds = (await api.get(f"/apis/{DEVICES.api_version}")).get("resources") or []
    return DEVICES.plural in {kind["name"] for kind in kinds}


async def outdated(api: KubeApi) -> str:
    """Returns in a sentence how the definition is older than this operator; empty where it is not.

    Without the right to read definitions nothing is known, and nothing is said. Raises ApiError.
    """
    try:
        return older(await api.get(DEFINITIONS.path(name=NAME)))
    except ApiError as error:
        if error.status == _FORBIDDEN:
            return ""
        raise


def older(definition: Json) -> str:
    """Returns in a sentence how a definition is older than this operator; empty where it is not."""
    text = (definition["metadata"].get("annotations") or {}).get(SCHEMA_REVISION_ANNOTATION, "")
    revision = int(text) if text.isdigit() else 0
    if revision >= SCHEMA_REVISION:
        return ""
    return (
        f"the cluster's definition of QuantumDevice has revision {revision}, this operator needs {SCHEMA_REVISION}: "
        "fields may have been dropped; run kubectl apply --server-side -f crds/ of this release, then apply the device "
        "again"
    )
