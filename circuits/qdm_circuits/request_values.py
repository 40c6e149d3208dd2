"""Values that a request gives to the names of a program, by options beside those of the device."""

import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from qdm_driver.errors import InvalidRequestError, Violation

NUMERIC = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""A number as options and AQO's symbols write it."""

_OTHER_KEYS = ("param.{}", "param:{}", "parameters.{}", "parameters:{}")


def option_for(name: str, options: Mapping[str, str]) -> str | None:
    """Returns the key of the option that gives a name its value, ``None`` where there is none.

    It is, in this order, ``NAME``, ``param.NAME``, ``param:NAME``, ``parameters.NAME`` or ``parameters:NAME``.
    """
    if name in options:
        return name
    return next((key for pattern in _OTHER_KEYS if (key := pattern.format(name)) in options), None)


def finite_number(text: str) -> float | None:
    """Returns the number that an option's text is, ``None`` where it is no finite one."""
    number = float(text) if NUMERIC.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def refuse_other_options(options: Mapping[str, str], names: AbstractSet[str], what: str) -> None:
    """Raises InvalidRequestError with one violation for each option that is for none of the names.

    ``what`` says what the names are, such as "a symbol of the circuit".
    """
    unknown = options.keys() - names
    if unknown:
        unknown -= {pattern.format(name) for name in names for pattern in _OTHER_KEYS}
    if unknown:
        sentence = f"unknown option: it is neither an option of this device nor {what}"
        raise InvalidRequestError(*(Violation(f"options.{key}", sentence) for key in sorted(unknown)))
