"""Checks a candidate configuration against the driver's schema, in a process of its own."""

from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from typing import Any

from google.rpc import error_details_pb2, status_pb2

from qdm_driver import Code, UnavailableError, Violation
from qdm_sidecar.worker.main import run_validation
from qdm_sidecar.worker.start import WorkerStart
from qdm_sidecar.worker_process import WorkerDiedError, WorkerFailureError, WorkerProcess

_RETRY_SECONDS = 1.0


class Validator:
    """Asks the driver's schema; the running driver is not touched."""

    def __init__(self, context: ForkServerContext, start: WorkerStart) -> None:
        self._context = context
        self._start = start

    async def violations(self, driver_config: Mapping[str, Any]) -> list[Violation]:
        """Returns what is wrong with a configuration. Raises WorkerFailureError where the driver can't be loaded."""
        candidate = replace(self._start, driver_config=dict(driver_config))
        try:
            await self._check(candidate)
        except WorkerFailureError as failure:
            if failure.status.code != Code.INVALID_ARGUMENT.value:
                raise
            return _violations_in(failure.status)
        except WorkerDiedError:
            raise UnavailableError("the check ended unexpectedly; try again", retry_after=_RETRY_SECONDS) from None
        return []

    async def _check(self, candidate: WorkerStart) -> None:
        worker = await WorkerProcess.start(self._context, run_validation, candidate)
        try:
            await worker.response()
        finally:
            worker.kill()


def _violations_in(status: status_pb2.Status) -> list[Violation]:
    bad_request = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Unpack(bad_request):
            break
    return [Violation(violation.field, violation.description) for violation in bad_request.field_violations]
