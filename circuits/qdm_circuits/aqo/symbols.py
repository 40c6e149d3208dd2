"""Symbols of an AQO document: angles that are named in it and given a number there or in the request's options."""

from collections.abc import Mapping
from typing import Any

from qdm_circuits.aqo.document import finite, invalid, is_integer
from qdm_circuits.request_values import NUMERIC, finite_number, option_for, refuse_other_options


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
        if isinstance(value, str) and value.isidentifier() and value not in self._parameters:
            if value not in self._resolved:
                self._resolved[value] = self._option(value, place)
            return self._resolved[value]
        followed: dict[str, None] = {}
        while isinstance(value, str) and not NUMERIC.fullmatch(value):
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
        refuse_other_options(self._options, self._parameters.keys() | self._resolved, "a symbol of the circuit")

    def _option(self, name: str, place: str) -> float:
        key = option_for(name, self._options)
        if key is None:
            raise invalid(place, f"symbol {name!r} has no value; give it in parameters or as an option")
        number = finite_number(self._options[key].strip())
        if number is None:
            raise invalid(f"options.{key}", "must be a finite number")
        return number


def _angle(value: Any, place: str) -> float:
    if not (is_integer(value) or isinstance(value, float | str)):
        raise invalid(place, "must be a number or a symbol")
    return finite(float(value) if isinstance(value, str) else value, place)
