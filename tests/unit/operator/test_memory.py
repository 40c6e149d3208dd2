from qdm_operator.memory import Memory


def test_pods_that_fail_one_after_another_are_followed_ever_more_slowly() -> None:
    memory, pauses = Memory(), []
    for now in range(100, 108):
        memory.created_at = now
        memory.pod_failed(now)
        pauses.append(memory.pause_until - now)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_pod_that_ran_for_a_minute_begins_anew() -> None:
    memory = Memory(created_at=100.0, failures=7)
    memory.pod_failed(161.0)
    assert memory.pause_until == 161.5


def test_a_missing_pod_is_missed_since_it_was_first_missed() -> None:
    memory = Memory()
    assert [memory.gone_for("a", 10.0), memory.gone_for("a", 12.5), memory.gone_for("b", 13.0)] == [0.0, 2.5, 0.0]
