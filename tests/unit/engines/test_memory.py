"""A state that has no place is told before an engine tries."""

import pytest

from qdm_driver import ExhaustedError
from qdm_sidecar.engines import memory

GIB = 2**30


def test_a_state_beyond_what_the_process_may_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("numpy.empty", refuse)
    with pytest.raises(ExhaustedError, match="not enough memory for this circuit just now") as caught:
        memory.check_memory(GIB)
    assert caught.value.retry_after


def test_a_state_beyond_what_the_machine_can_give_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: GIB)
    memory.check_memory(GIB)
    with pytest.raises(ExhaustedError):
        memory.check_memory(GIB + 1)


def test_small_states_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 0)
    memory.check_memory(2**20)
