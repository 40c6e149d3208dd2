"""Values of ``input`` parameters, from the options of the request."""

import re
from collections.abc import Mapping

from qdm_circuits.qasm3.bits import constant
from qdm_circuits.qasm3.constants import Number
from qdm_circuits.qasm3.values import Kind, Type, Vector, angle_constant
from qdm_circuits.request_values import finite_number, option_for, refuse_other_options
from qdm_driver.errors import InvalidRequestError, Violation

_LONGEST_NAME = 240
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")


class Inputs:
    """The options that are no option of the device, and which of them the program asked for."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._options = options
        self._asked: set[str] = set()

    def value(self, name: str, to: Type | None) -> Number | Vector:
        """Returns an input's value; ``to`` is ``None`` for a float.

        Raises InvalidRequestError where no option gives it, or not one of its type.
        """
        self._asked.add(name)
        key = option_for(name, self._options)
        if key is None:
            raise InvalidRequestError(
                Violation(f"options.{name[:_LONGEST_NAME]}", "is missing; the program declares it as input")
            )
        value = _parsed(self._options[key].strip(), to)
        if value is None:
            raise InvalidRequestError(Violation(f"options.{key}", f"must be {_expected(to)}"))
        return value

    def refuse_unused(self) -> None:
        """Raises InvalidRequestError with one violation for each option that is no input of the program."""
        refuse_other_options(self._options, self._asked, "an input of the program")


def _parsed(text: str, to: Type | None) -> Number | Vector | None:
    if to is None or to.kind is Kind.ANGLE:
        value = finite_number(text)
        return value if value is None or to is None else angle_constant(value, to.width)
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
