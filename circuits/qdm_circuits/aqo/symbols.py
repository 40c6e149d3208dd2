"""Symbols of an AQO document: angles that are named in it and given a number there or in the request's options."""

import re
from collections.abc import Mapping
from typing import Any

from qdm_circuits.aqo.document import finite, invalid, is_integer
from qdm_driver.errors import InvalidRequestError, Violation

_NUMERIC = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_OPTION_KEYS = ("{}", "param.{}", "param:{}", "parameters.{}", "parameters:{}")


class Symbols:
    """Resolves angles, and keeps account of which symbols the document names.

    A symbol is, in this order: a numeric string; what ``parameters`` gives for it, resolved likewise (its own name
    there means that it is not bound); what the options give under the name, ``param.NAME``, ``param:NAME``,
    ``parameters.NAME`` or ``parameters:NAME``.
    """

    def __init__(self, parameters: Mapping[str, Any], options: Mapping[str, str]) -> None:
        self._parameters = parameters
        self._options = options
        self._resolved: dict[str, float] = {}

    def number(self, value: object, place: str) -> float:
        """Returns the angle that ``value``, found at ``place``, stands for. Raises InvalidRequestError."""
        followed: dict[str, None] = {}
        while isinstance(value, str) and not _NUMERIC.fullmatch(value):
            if value in self._resolved:
                value = self._resolved[value]
                break
            if value in followed:
                raise invalid(f"parameters.{value}", f"is defined by itself: {' -> '.join([*followed, value])}")
            followed[value] = None
            bound = self._parameters.get(value, value)
            if bound == value:
                bound = self._option(value, place)
            value, place = bound, f"parameters.{value}"
        number = _angle(value, place)
        self._resolved.update(dict.fromkeys(followed, number))
        return number

    def refuse_unused_options(self) -> None:
        """Raises InvalidRequestError with one violation for each option that names no symbol of the document."""
        known = {key.format(name) for name in self._parameters.keys() | self._resolved for key in _OPTION_KEYS}
        unknown = sorted(self._options.keys() - known)
        if unknown:
            sentence = "unknown option: it is neither an option of this device nor a symbol of the circuit"
            raise InvalidRequestError(*(Violation(f"options.{key}", sentence) for key in unknown))

    def _option(self, name: str, place: str) -> float:
        key = next((key for pattern in _OPTION_KEYS if (key := pattern.format(name)) in self._options), None)
        if key is None:
            raise invalid(place, f"symbol {name!r} has no value; give it in parameters or as an option")
        text = self._options[key].strip()
        if not _NUMERIC.fullmatch(text):
            raise invalid(f"options.{key}", "must be a finite number")
        return finite(float(text), f"options.{key}")


def _angle(value: Any, place: str) -> float:
    if not (is_integer(value) or isinstance(value, float | str)):
        raise invalid(place, "must be a number or a symbol")
    return finite(float(value) if isinstance(value, str) else value, place)
