"""Each driver in ``drivers/`` has one thing wrong, which exactly the checks that are meant for it find."""

import multiprocessing
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import pytest

from qdm_driver.compliance.report import CaseResult, Verdict, summarise
from qdm_driver.compliance.run import check_driver
from qdm_driver.compliance.subject import Subject

Judge = Callable[..., list[CaseResult]]
Judgements = dict[str, Future[list[CaseResult]]]

DRIVERS = Path(__file__).parent / "drivers"

# Every check that reads bitstrings longer than one bit.
LONG_BITSTRINGS = {
    *("normalised", "bit_order", "entanglement", "algorithms", "unwritten_bits", "no_measurement", "collapse", "reset"),
}
FOUND_BY = {
    "any_device": {"unknown_device"},
    "any_format": {"unclaimed_format"},
    "any_version": {"aqo_version"},
    "boastful": {"last_qubit"},
    "constant_seed": {"unseeded_runs", "unseeded_processes"},
    "contradictory": {"capabilities"},
    "dropped_shots": {"normalised", "many_shots"},
    "empty_reference": {"calibration"},
    "forgiving_config": {"unknown_config_is_refused"},
    "forgiving_options": {"unknown_option"},
    "forked_generator": {"unseeded_processes"},
    "half_symbols": {"symbols"},
    "handler_at_import": {"import_changes_nothing"},
    "hanging_status": {"status", "status_during_execution"},
    "ignored_reset": {"reset"},
    "ignored_seed": {"seed"},
    "ignored_signal": {"cancel_signal"},
    "leaky_message": {"messages"},
    "left_process": {"leaves_no_process"},
    "locked_after_cancel": {"goes_on_after_cancellation"},
    "no_collapse": {"bases", "collapse"},
    "one_seed": {"other_seeds"},
    "other_device": {"description"},
    "printing": {"calls_print_nothing"},
    "printing_import": {"import_prints_nothing"},
    "reversed_bits": {"bit_order"},
    "slow_cancel": {"cancellation", "goes_on_after_cancellation"},
    "slow_report": {"description"},
    "socket_at_import": {"import_opens_no_socket"},
    "spaced_keys": LONG_BITSTRINGS,
    "spoiled_by_calibration": {"goes_on_after_calibration"},
    "stale_state": {"goes_on_after_refusals"},
    "swallowed_cancel": {"cancellation"},
    "taken_signal": {"cancel_signal"},
    "thread_at_import": {"import_starts_no_thread"},
    "too_large": {"too_many_qubits"},
    "unversioned": {"loads"},
    "value_error": {"malformed"},
    "wrong_angle": {"gates"},
    "wrong_types": {"status", "status_during_execution"},
    "zero_counts": {"normalised", "one_shot"},
}


@pytest.fixture(scope="module")
def judgements() -> Iterator[Judgements]:
    """Judges all broken drivers, as many at once as there are CPUs."""
    pool = ProcessPoolExecutor(len(os.sched_getaffinity(0)), multiprocessing.get_context("spawn"))
    yield {name: pool.submit(check_driver, Subject(name, (DRIVERS,))) for name in FOUND_BY}
    pool.shutdown(cancel_futures=True)


def failed_checks(results: list[CaseResult]) -> set[str]:
    return {summary.check for summary in summarise(results) if summary.verdict is Verdict.FAILED}


def test_the_table_has_every_driver_that_lies_here() -> None:
    here = {file.stem.removesuffix("_driver") for file in DRIVERS.glob("*_driver.py")}
    assert here == FOUND_BY.keys() | {"right", "refused_format", "noisy", "native", "careless", "unknown_outcome"}


@pytest.mark.parametrize("name", FOUND_BY)
def test_a_driver_fails_exactly_the_checks_for_what_is_wrong_with_it(judgements: Judgements, name: str) -> None:
    results = judgements[name].result()
    assert failed_checks(results) == FOUND_BY[name]
    assert all(case.sentence for case in results if case.verdict is not Verdict.PASSED)


def test_a_format_that_is_claimed_and_refused_fails_in_that_format_alone(judge: Judge) -> None:
    failed = [case for case in judge("refused_format") if case.verdict is Verdict.FAILED]
    assert "claimed_format" in {case.check for case in failed}
    assert {case.case.split(":")[0] for case in failed} == {"AQO_PROTO"}


def test_no_process_of_a_driver_is_left_when_it_was_judged(judge: Judge) -> None:
    (failed,) = [case for case in judge("left_process") if case.verdict is Verdict.FAILED]
    (helper,) = set(map(int, re.findall(r"process (\d+)", failed.sentence)))
    with pytest.raises(ProcessLookupError):
        os.kill(helper, 0)


def test_a_driver_that_tells_its_credentials_fails_with_where_it_does(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2-hunter2\n")
    (failed,) = [case for case in judge("careless", secrets=tmp_path) if case.verdict is Verdict.FAILED]
    assert failed.check == "credentials"
    assert failed.sentence == (
        "the log of Initialize shows the credential 'token'; metadata.account of Execute shows the credential 'token'; "
        "keep credentials out of all that leaves the driver"
    )


def test_a_driver_that_is_not_there_fails_one_check_and_ends_the_run(judge: Judge) -> None:
    (result,) = judge("nobody")
    assert (result.check, result.verdict) == ("loads", Verdict.FAILED)
    assert "no driver 'nobody' is installed" in result.sentence
