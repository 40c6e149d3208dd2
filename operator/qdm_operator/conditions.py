"""What a QuantumDevice says of itself: three conditions, after the Kubernetes API conventions.

Ready: the device takes jobs. ConfigValid: its driver accepts the configuration as it is written now. Progressing: the
operator is on its way to what is wanted. Reasons are stable words for programs, messages are sentences for people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from qdm_cluster.objects import Json

_LONGEST_MESSAGE = 1024


class Answer(StrEnum):
    """A condition's status."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, as it follows from what is seen now."""

    type: str
    answer: Answer
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Transition:
    """A condition that says something else than before; ``before`` is its former answer, empty where it had none."""

    condition: Condition
    before: str


def written(conditions: Iterable[Condition], former: list[Json], *, generation: int, now: str) -> list[Json]:
    """Returns the conditions as the status holds them; the time of a transition stays while the answer does."""
    known = {condition["type"]: condition for condition in former}
    result = []
    for condition in conditions:
        before = known.get(condition.type, {})
        same = before.get("status") == condition.answer
        result.append(
            {
                "type": condition.type,
                "status": str(condition.answer),
                "reason": condition.reason,
                "message": condition.message[:_LONGEST_MESSAGE],
                "observedGeneration": generation,
                "lastTransitionTime": before.get("lastTransitionTime", now) if same else now,
            }
        )
    return result


def transitions(conditions: Iterable[Condition], former: list[Json]) -> list[Transition]:
    """Returns the conditions whose answer or reason is another than before."""
    known = {condition["type"]: (condition["status"], condition["reason"]) for condition in former}
    return [
        Transition(condition, known.get(condition.type, ("", ""))[0])
        for condition in conditions
        if known.get(condition.type) != (condition.answer, condition.reason)
    ]
