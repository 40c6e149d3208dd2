"""What all parts of a Kubernetes resource of ours have in common.

A part is read the way the API server reads it: unknown keys refused, ``null`` the same as left out. What must fit
together is a rule, stated once for the API server (in its Common Expression Language) and once for Python, so that a
manifest is refused alike on a cluster and on one machine, with one sentence.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

ValueT = TypeVar("ValueT")
ItemsT = TypeVar("ItemsT", bound=Iterable[object])

VALIDATIONS = "x-kubernetes-validations"

_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_QUALIFIED = "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"

# Patterns must mean the same to Rust's regex, which pydantic uses, and to RE2, which the API server uses.
ResourceName = Annotated[str, Field(min_length=1, max_length=253, pattern=rf"^{_LABEL}(\.{_LABEL})*$")]
LabelKey = Annotated[str, Field(min_length=1, max_length=316, pattern=rf"^({_LABEL}(\.{_LABEL})*/)?{_QUALIFIED}$")]
LabelValue = Annotated[str, Field(max_length=63, pattern=rf"^({_QUALIFIED})?$")]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a part must fulfil as a whole; ``message`` is the sentence for whoever broke it.

    Annotates a field, or stands among the ``rules`` of a ``ResourcePart``.
    """

    message: str
    cel: str
    holds: Callable[[Any], bool]

    def check(self, value: ValueT) -> ValueT:
        """Returns the value, as a validator does, or refuses it."""
        if not self.holds(value):
            raise refusal(self.message)
        return value

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Returns the schema of the field, with the rule."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Returns the JSON schema, with the rule as Kubernetes writes it."""
        return handler(schema) | {VALIDATIONS: [{"rule": self.cel, "message": self.message}]}


class ResourcePart(BaseModel):
    """One part of a resource, frozen. Its JSON is camelCase."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, values: object) -> object:
        if isinstance(values, dict):
            return {key: value for key, value in values.items() if value is not None}
        return values

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        for rule in self.rules:
            rule.check(self)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Returns the JSON schema, with the rules as Kubernetes writes them."""
        schema = handler(core_schema)
        if cls.rules:
            rules = [{"rule": rule.cel, "message": rule.message} for rule in cls.rules]
            handler.resolve_ref_schema(schema)[VALIDATIONS] = rules
        return schema


@dataclass(frozen=True, slots=True)
class UniqueBy:
    """Annotates a list whose items differ in these fields; to the API server it is a map that owners may share."""

    keys: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Returns the schema of the list, with the check."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Returns the JSON schema, with the keys as Kubernetes writes them."""
        keys = [to_camel(key) for key in self.keys]
        return handler(schema) | {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys}

    def _check(self, items: ItemsT) -> ItemsT:
        identities = [tuple(getattr(item, key) for key in self.keys) for item in items]
        if len(set(identities)) < len(identities):
            raise refusal(f"two items have the same {' and '.join(map(to_camel, self.keys))}; remove one")
        return items


def refusal(sentence: str) -> PydanticCustomError:
    """Returns what a validator raises so that the sentence reaches people as it is."""
    return PydanticCustomError("rule", "{sentence}", {"sentence": sentence})
