"""The Lease object in the API that replicas elect their leader by."""

from datetime import UTC, datetime

from qdm_cluster.api import ApiError, KubeApi
from qdm_cluster.names import LEASES
from qdm_cluster.objects import Json
from qdm_operator.elector import DURATION_SECONDS, LeaseConflictError, Record

NAME = "qdm-operator"
_CONFLICT = 409


class ApiLease:
    """A LeaseStore in a namespace of the cluster."""

    def __init__(self, api: KubeApi, namespace: str) -> None:
        self._api = api
        self._namespace = namespace

    async def read(self) -> Record | None:
        """Returns the Lease. Raises ApiError."""
        lease = await self._api.find(LEASES.path(self._namespace, NAME))
        return _record_of(lease) if lease is not None else None

    async def write(self, record: Record, *, over: Record | None) -> Record:
        """Creates the Lease, or replaces the very version that was read. Raises LeaseConflictError or ApiError."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        same_holder = over is not None and over.holder == record.holder
        body: Json = {
            "apiVersion": LEASES.api_version,
            "kind": LEASES.kind,
            "metadata": {"name": NAME, "namespace": self._namespace},
            "spec": {
                "holderIdentity": record.holder,
                "leaseDurationSeconds": round(DURATION_SECONDS),
                "acquireTime": record.acquired if same_holder and record.acquired else now,
                "renewTime": now,
                "leaseTransitions": record.transitions,
            },
        }
        try:
            return _record_of(await self._put(body, over))
        except ApiError as error:
            if error.status == _CONFLICT:
                raise LeaseConflictError(str(error)) from None
            raise

    async def _put(self, body: Json, over: Record | None) -> Json:
        if over is None:
            return await self._api.create(LEASES.path(self._namespace), body)
        body["metadata"]["resourceVersion"] = over.version
        return await self._api.replace(LEASES.path(self._namespace, NAME), body)


def _record_of(lease: Json) -> Record:
    spec = lease.get("spec") or {}
    return Record(
        spec.get("holderIdentity") or "",
        lease["metadata"]["resourceVersion"],
        spec.get("leaseTransitions") or 0,
        spec.get("acquireTime") or "",
    )
