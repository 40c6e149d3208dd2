"""What every test of meaning stands on: one simulator, whose answers are held against others'."""

from collections.abc import Callable
from functools import partial

import pytest
from simulator_device import execute, make_simulator

from qdm_driver import ExecutionResult


@pytest.fixture(scope="session")
def simulate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., ExecutionResult]:
    """Runs a payload: its format, its bytes, the shots, and the request's options as keywords."""
    return partial(execute, make_simulator(tmp_path_factory.mktemp("artifacts")))
