"""Whether what a driver returned has the types that the interface promises."""

from dataclasses import fields, is_dataclass
from typing import get_type_hints

from pydantic import TypeAdapter, ValidationError


def type_problems(value: object, expected: type, place: str) -> list[str]:
    """Says of every part of a dataclass's instance that has another type or range than declared, where and what it is.

    Strict: an integer of NumPy is no ``int``, and ``True`` is none either.
    """
    if not isinstance(value, expected):
        return [f"{place} is of type {type(value).__name__}; return {expected.__name__}"]
    hints = get_type_hints(expected, include_extras=True)
    problems = []
    for field in fields(expected):
        item, hint = getattr(value, field.name), hints[field.name]
        if is_dataclass(hint) and isinstance(hint, type):
            problems += type_problems(item, hint, f"{place}.{field.name}")
        else:
            problems += _value_problems(item, TypeAdapter(hint), f"{place}.{field.name}")
    return problems


def _value_problems(value: object, adapter: TypeAdapter[object], place: str) -> list[str]:
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError as error:
        return [
            f"{'.'.join([place, *map(str, problem['loc'])])} is of type {type(problem['input']).__name__}: "
            f"{problem['msg'][0].lower()}{problem['msg'][1:]}"
            for problem in error.errors(include_url=False, include_context=False)
        ]
    return []
