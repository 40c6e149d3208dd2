"""The one rule of what a result's numbers are, for the host that enforces it and the kit that explains it."""

import math
from collections.abc import Mapping

from qdm_driver.execution import ExecutionResult


def result_problems(result: ExecutionResult, shots: int) -> list[str]:
    """Says what is not as promised, as sentences that tell what to mend; empty where all is well."""
    problems = _counts_problems(result.counts, shots)
    if not (math.isfinite(result.execution_time_sec) and result.execution_time_sec >= 0):
        problems.append(f"execution_time_sec is {result.execution_time_sec}; give seconds of at least 0")
    return problems


def _counts_problems(counts: Mapping[str, int], shots: int) -> list[str]:
    problems = []
    if "".join(counts).encode("ascii", "replace").translate(None, b"01"):
        wrong = next(bits for bits in counts if bits.strip("01"))
        problems.append(f"the key {wrong!r} of counts is no bitstring; keys hold '0' and '1' only, without spaces")
    widths = sorted(set(map(len, counts)))
    if len(widths) > 1:
        problems.append(f"the keys of counts have the widths {widths}; give every key the width of all classical bits")
    if min(counts.values(), default=1) <= 0:
        problems.append("counts hold a value below 1; leave out what was not seen")
    total = sum(counts.values())
    if total != shots:
        problems.append(f"counts add up to {total} for {shots} shots; report every shot once")
    return problems
