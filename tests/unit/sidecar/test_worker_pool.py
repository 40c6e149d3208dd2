from unittest.mock import Mock

from qdm_sidecar.device_state import Phase
from qdm_sidecar.worker_pool import PoolState, WorkerPool


async def test_a_pool_that_is_opened_anew_says_nothing_of_the_workers_it_had() -> None:
    changes: list[PoolState] = []
    pool = WorkerPool(Mock(), Mock(), size=0, changed=lambda: changes.append(pool.state))
    pool.backend_down("the backend does not answer")
    await pool.close()
    pool.open()
    assert pool.state == PoolState(Phase.STARTING)
    assert [state.phase for state in changes] == [Phase.BACKEND_DOWN, Phase.STARTING]
    await pool.close()
