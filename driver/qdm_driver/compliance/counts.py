"""Whether the numbers of a result are what the interface promises, whatever was run."""

import math

from qdm_driver.counts import counts_problems
from qdm_driver.execution import ExecutionResult


def result_problems(result: ExecutionResult, shots: int) -> list[str]:
    """Says what is not as promised, as sentences that tell what to mend; empty where all is well."""
    problems = counts_problems(result.counts, shots)
    if not (math.isfinite(result.execution_time_sec) and result.execution_time_sec >= 0):
        problems.append(f"execution_time_sec is {result.execution_time_sec}; give seconds of at least 0")
    return problems
