import pytest

from qdm_operator.conditions import Answer, Condition, transitions, written

THEN, NOW = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def former(status: str = "True", reason: str = "Ready") -> list[dict[str, object]]:
    return [{"type": "Ready", "status": status, "reason": reason, "message": "", "lastTransitionTime": THEN}]


@pytest.mark.parametrize(
    ("condition", "since"),
    [
        (Condition("Ready", Answer.TRUE, "Ready", ""), THEN),
        (Condition("Ready", Answer.TRUE, "Calibrating", "another reason"), THEN),
        (Condition("Ready", Answer.FALSE, "Ready", ""), NOW),
        (Condition("Ready", Answer.UNKNOWN, "Ready", ""), NOW),
        (Condition("Progressing", Answer.TRUE, "Ready", ""), NOW),
    ],
)
def test_the_time_of_a_transition_changes_with_the_answer_alone(condition: Condition, since: str) -> None:
    (result,) = written([condition], former(), generation=4, now=NOW)
    assert result["lastTransitionTime"] == since
    assert result["observedGeneration"] == 4


@pytest.mark.parametrize(
    ("condition", "before"),
    [
        (Condition("Ready", Answer.TRUE, "Ready", "another message"), None),
        (Condition("Ready", Answer.TRUE, "Calibrating", ""), "True"),
        (Condition("Ready", Answer.FALSE, "Ready", ""), "True"),
        (Condition("Progressing", Answer.TRUE, "Ready", ""), ""),
    ],
)
def test_a_transition_is_another_answer_or_another_reason(condition: Condition, before: str | None) -> None:
    found = transitions([condition], former())
    assert [transition.before for transition in found] == ([] if before is None else [before])


def test_a_message_has_its_limit() -> None:
    (result,) = written([Condition("Ready", Answer.FALSE, "Long", "x" * 5000)], [], generation=1, now=NOW)
    assert len(result["message"]) == 1024
