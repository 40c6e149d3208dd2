"""Values of ``input`` parameters, from the options of the request."""

import math
import re
from collections.abc import Mapping

from qdm_circuits.qasm3.bits import constant
from qdm_circuits.qasm3.constants import Number
from qdm_circuits.qasm3.values import Kind, Type, Vector
from qdm_driver.errors import InvalidRequestError, Violation

_OPTION_KEYS = ("{}", "param.{}", "param:{}", "parameters.{}", "parameters:{}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class Inputs:
    """The options that are no option of the device, and which of them the program asked for."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._options = options
        self._asked: set[str] = set()

    def value(self, name: str, to: Type | None) -> Number | Vector:
        """Returns an input's value; ``to`` is ``None`` for a float.

        Raises InvalidRequestError where no option gives it, or not one of its type.
        """
        keys = [key for pattern in _OPTION_KEYS if (key := pattern.format(name)) in self._options]
        self._asked.update(keys)
        if not keys:
            raise InvalidRequestError(Violation(f"options.{name}", "is missing; the program declares it as input"))
        text = self._options[keys[0]].strip()
        value = _parsed(text, to)
        if value is None:
            raise InvalidRequestError(Violation(f"options.{keys[0]}", f"must be {_expected(to)}"))
        return value

    def refuse_unused(self) -> None:
        """Raises InvalidRequestError with one violation for each option that is no input of the program."""
        unknown = sorted(self._options.keys() - self._asked)
        if unknown:
            sentence = "unknown option: it is neither an option of this device nor an input of the program"
            raise InvalidRequestError(*(Violation(f"options.{key}", sentence) for key in unknown))


def _parsed(text: str, to: Type | None) -> Number | Vector | None:
    if to is None or to.kind is Kind.ANGLE:
        value = float(text) if _FLOAT.fullmatch(text) else math.inf
        if not math.isfinite(value):
            return None
        return (
            value if to is None else Vector(Kind.ANGLE, constant(round(value / math.tau * (1 << to.width)), to.width))
        )
    match to.kind:
        case Kind.BOOL:
            return {"true": True, "false": False, "1": True, "0": False}.get(text.lower())
        case Kind.BIT:
            is_bits = len(text) == to.width and not text.strip("01")
            return Vector(Kind.BIT, constant(int(text, 2), to.width)) if is_bits else None
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    low, high = (0, 1 << to.width) if to.kind is Kind.UINT else (-1 << to.width - 1, 1 << to.width - 1)
    return Vector(to.kind, constant(number, to.width)) if low <= number < high else None


def _expected(to: Type | None) -> str:
    if to is None or to.kind is Kind.ANGLE:
        return "a finite number"
    match to.kind:
        case Kind.BOOL:
            return "true or false"
        case Kind.BIT:
            return f"{to.width} bits, each 0 or 1"
    return f"an integer of {to.width} bits{'' if to.kind is Kind.INT else ' without a sign'}"
