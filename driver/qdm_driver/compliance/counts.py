"""Whether the numbers of a result are what the interface promises, whatever was run."""

import math

from qdm_driver.execution import ExecutionResult


def result_problems(result: ExecutionResult, shots: int) -> list[str]:
    """Says what is not normalised, as sentences that tell what to mend; empty where all is well."""
    problems = []
    widths = sorted({len(bits) for bits in result.counts})
    if any(bits.strip("01") for bits in result.counts):
        wrong = next(bits for bits in result.counts if bits.strip("01"))
        problems.append(f"the key {wrong!r} of counts is no bitstring; keys hold '0' and '1' only, without spaces")
    if len(widths) > 1:
        problems.append(f"the keys of counts have the widths {widths}; give every key the width of all classical bits")
    if any(count <= 0 for count in result.counts.values()):
        problems.append("counts hold a value below 1; leave out what was not seen")
    total = sum(result.counts.values())
    if total != shots:
        problems.append(f"counts add up to {total} for {shots} shots; report every shot once")
    if not (math.isfinite(result.execution_time_sec) and result.execution_time_sec >= 0):
        problems.append(f"execution_time_sec is {result.execution_time_sec}; give seconds of at least 0")
    return problems
