"""OpenQASM 2.0 text, as arXiv:1707.03429 defines it, read in one pass and without recursion.

``parser`` is the way in. ``tokens`` makes words of the text, ``expressions`` formulas of words, ``gate_definitions``
operations of calls; ``standard_gates`` holds what the language and its include file define.
"""

from qdm_circuits.qasm2.parser import parse_qasm2

__all__ = ["parse_qasm2"]
