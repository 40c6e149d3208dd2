from qdm_operator.pod_history import PodHistory


def test_pods_that_fail_one_after_another_are_followed_ever_more_slowly() -> None:
    history, pauses = PodHistory(), []
    for now in range(100, 108):
        history.created_at = now
        history.pod_failed(now)
        pauses.append(history.pause_until - now)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_pod_that_ran_for_a_minute_begins_anew() -> None:
    history = PodHistory(created_at=100.0, failures=7)
    history.pod_failed(161.0)
    assert history.pause_until == 161.5


def test_a_missing_pod_is_missed_since_it_was_first_missed() -> None:
    history = PodHistory()
    assert [history.gone_for("a", 10.0), history.gone_for("a", 12.5), history.gone_for("b", 13.0)] == [0.0, 2.5, 0.0]
