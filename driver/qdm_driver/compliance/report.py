"""What a run of the kit came to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How one case of a check ended."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: the ``check`` it belongs to, what that check ``promises``, and a sentence unless it passed.

    ``case`` is empty where the check has only one. The sentence says which capability is missing, or what to mend.
    """

    check: str
    promises: str
    case: str
    verdict: Verdict
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """All cases of one check."""

    check: str
    promises: str
    passed: int
    skipped: tuple[CaseResult, ...]
    failed: tuple[CaseResult, ...]

    @property
    def verdict(self) -> Verdict:
        """Failed where one case failed; passed where one passed; skipped otherwise."""
        if self.failed:
            return Verdict.FAILED
        return Verdict.PASSED if self.passed else Verdict.SKIPPED

    @property
    def run(self) -> int:
        """Number of cases that were not skipped."""
        return self.passed + len(self.failed)

    @property
    def lacking(self) -> str:
        """Why cases were skipped: the capabilities that the device lacks, each once."""
        return ", ".join(dict.fromkeys(case.sentence for case in self.skipped))


def summarise(results: Iterable[CaseResult]) -> list[CheckSummary]:
    """Returns one summary a check, in the order in which checks began."""
    checks: dict[str, list[CaseResult]] = {}
    for result in results:
        checks.setdefault(result.check, []).append(result)
    return [
        CheckSummary(
            check,
            cases[0].promises,
            sum(case.verdict is Verdict.PASSED for case in cases),
            tuple(case for case in cases if case.verdict is Verdict.SKIPPED),
            tuple(case for case in cases if case.verdict is Verdict.FAILED),
        )
        for check, cases in checks.items()
    ]
