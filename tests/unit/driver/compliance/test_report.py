import pytest

from qdm_driver.compliance.report import CaseResult, Verdict, summarise

PASSED = CaseResult("reset", "RESET brings a qubit to 0.", "AQO_JSON: of one", Verdict.PASSED)
SKIPPED = CaseResult("reset", PASSED.promises, "QASM3_TEXT: of one", Verdict.SKIPPED, "QASM3_TEXT")
SKIPPED_TOO = CaseResult("reset", PASSED.promises, "AQO_PROTO: of one", Verdict.SKIPPED, "AQO_PROTO")
FAILED = CaseResult("reset", PASSED.promises, "AQO_JSON: of two", Verdict.FAILED, "1 was counted")


@pytest.mark.parametrize(
    ("cases", "verdict", "run", "lacking"),
    [
        ([PASSED], Verdict.PASSED, 1, ""),
        ([SKIPPED, PASSED], Verdict.PASSED, 1, "QASM3_TEXT"),
        ([SKIPPED, SKIPPED_TOO, SKIPPED], Verdict.SKIPPED, 0, "QASM3_TEXT, AQO_PROTO"),
        ([PASSED, FAILED, SKIPPED], Verdict.FAILED, 2, "QASM3_TEXT"),
    ],
)
def test_a_check_fails_with_one_case_and_is_skipped_with_all(
    cases: list[CaseResult], verdict: Verdict, run: int, lacking: str
) -> None:
    (summary,) = summarise(cases)
    assert (summary.verdict, summary.run, summary.lacking) == (verdict, run, lacking)


def test_checks_stay_in_the_order_in_which_they_began() -> None:
    first = CaseResult("loads", "It loads.", "", Verdict.PASSED)
    assert [summary.check for summary in summarise([first, PASSED, FAILED])] == ["loads", "reset"]
