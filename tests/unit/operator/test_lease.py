from typing import Any

import pytest

from qdm_cluster.api import ApiError, KubeApi
from qdm_cluster.objects import Json
from qdm_operator.elector import LeaseConflictError, Record
from qdm_operator.lease import ApiLease

ROOT = "/apis/coordination.k8s.io/v1/namespaces/qdm/leases"
WRITTEN: Json = {
    "metadata": {"name": "qdm-operator", "resourceVersion": "8"},
    "spec": {"holderIdentity": "me", "leaseTransitions": 4, "acquireTime": "2026-01-02T00:00:00.000000Z"},
}


class FakeApi:
    """Answers every request alike, and keeps what it was asked."""

    def __init__(self, answer: Json | ApiError | None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.body: Json = {}
        self._answer = answer

    async def find(self, path: str) -> Json | None:
        return self._say("find", path, {})

    async def create(self, path: str, body: Json) -> Json | None:
        return self._say("create", path, body)

    async def replace(self, path: str, body: Json) -> Json | None:
        return self._say("replace", path, body)

    def _say(self, verb: str, path: str, body: Json) -> Json | None:
        self.asked.append((verb, path))
        self.body = body
        if isinstance(self._answer, ApiError):
            raise self._answer
        return self._answer


def lease_on(api: Any) -> ApiLease:
    store: KubeApi = api
    return ApiLease(store, "qdm")


@pytest.mark.parametrize(
    ("lease", "record"),
    [
        (WRITTEN, Record("me", "8", 4, "2026-01-02T00:00:00.000000Z")),
        ({"metadata": {"resourceVersion": "1"}}, Record("", "1")),
        ({"metadata": {"resourceVersion": "1"}, "spec": {"holderIdentity": ""}}, Record("", "1")),
    ],
)
async def test_a_lease_is_read_whatever_it_leaves_out(lease: Json, record: Record) -> None:
    assert await lease_on(FakeApi(lease)).read() == record


async def test_a_lease_that_is_not_there_is_none_and_other_failures_are_no_answer() -> None:
    assert await lease_on(FakeApi(None)).read() is None
    with pytest.raises(ApiError):
        await lease_on(FakeApi(ApiError(500, "", ""))).read()


async def test_a_lease_that_was_not_there_is_created_and_one_that_was_is_replaced_in_that_version() -> None:
    api = FakeApi(WRITTEN)
    assert (await lease_on(api).write(Record("me", ""), over=None)).version == "8"
    assert api.asked == [("create", ROOT)]
    assert "resourceVersion" not in api.body["metadata"]
    await lease_on(api).write(Record("me", ""), over=Record("other", "7"))
    assert api.asked[1:] == [("replace", f"{ROOT}/qdm-operator")]
    assert api.body["metadata"]["resourceVersion"] == "7"


@pytest.mark.parametrize(("former", "kept"), [("me", True), ("other", False), ("", False)])
async def test_a_holder_that_stays_keeps_the_time_since_when_it_holds(former: str, *, kept: bool) -> None:
    api, since = FakeApi(WRITTEN), "2026-01-01T00:00:00.000000Z"
    await lease_on(api).write(Record("me", "", 3, since), over=Record(former, "7", 3, since))
    assert (api.body["spec"]["acquireTime"] == since) is kept
    assert api.body["spec"]["leaseTransitions"] == 3
    assert api.body["spec"]["leaseDurationSeconds"] == 15


@pytest.mark.parametrize("over", [None, Record("other", "7")])
async def test_a_lease_that_another_wrote_first_is_told_from_one_that_cannot_be_written(over: Record | None) -> None:
    first, broken = ApiError(409, "Conflict", "it has been modified"), ApiError(500, "InternalError", "no")
    with pytest.raises(LeaseConflictError, match="409 Conflict: it has been modified"):
        await lease_on(FakeApi(first)).write(Record("me", ""), over=over)
    with pytest.raises(ApiError, match="500 InternalError"):
        await lease_on(FakeApi(broken)).write(Record("me", ""), over=over)
