"""The one rule of normalised counts, for the host that enforces it and the kit that explains it."""

from collections.abc import Mapping


def counts_problems(counts: Mapping[str, int], shots: int) -> list[str]:
    """Says what is not normalised, as sentences that tell what to mend; empty where all is well."""
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
