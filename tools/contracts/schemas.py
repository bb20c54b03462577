"""JSON schemas of everything in the catalogue: payloads as they are accepted, replies and facts as they are sent."""

import copy
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from models.events.catalogue import COMMANDS, FACTS

Schema = dict[str, Any]
Mode = JsonSchemaMode
Key = tuple[type[BaseModel], Mode]
Models = list[tuple[Any, Mode]]

_REF = "#/components/schemas/"


class _Schemas(GenerateJsonSchema):
    """What the hub sends is always complete: fields with a default are sent as well."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)

    def str_schema(self, schema: core_schema.StringSchema) -> Schema:
        """Surrounding white space is dropped before a length is judged: say so where there is no pattern yet."""
        told = super().str_schema(schema)
        shortest = schema.get("min_length") or 0
        if self.mode == "validation" and schema.get("strip_whitespace") and shortest and "pattern" not in told:
            told["pattern"] = r"\S" if shortest == 1 else rf"\S[\s\S]{{{shortest - 2},}}\S"
        return told


@dataclass(frozen=True, slots=True)
class Schemas:
    """Every schema by its public name, and the public name of every model (per direction)."""

    components: dict[str, Schema]
    names: dict[Key, str]

    def payload(self, model: type[BaseModel]) -> str:
        """Name of the schema of what a client sends."""
        return self.names[model, "validation"]

    def sent(self, model: type[BaseModel]) -> str:
        """Name of the schema of what the hub sends."""
        return self.names[model, "serialization"]


def ref(name: str) -> Schema:
    """A reference to a component schema."""
    return {"$ref": _REF + name}


def target(schema: Schema) -> str:
    """The component that a reference points at."""
    return str(schema["$ref"]).removeprefix(_REF)


def catalogue_schemas() -> Schemas:
    """Collect them once for all generators."""
    keys: dict[Key, None] = {}
    for command in COMMANDS.values():
        keys[command.payload, "validation"] = None
        keys[command.reply, "serialization"] = None
    for fact in FACTS.values():
        keys[fact.payload, "serialization"] = None
    models: Models = list(keys)
    found, definitions = models_json_schema(models, ref_template=_REF + "{model}", schema_generator=_Schemas)
    components = {_public(name): _clean(schema) for name, schema in definitions.get("$defs", {}).items()}
    names = {key: _public(target(found[key])) for key in keys}
    return Schemas(dict(sorted(components.items())), names)


def closure(components: dict[str, Schema], roots: Iterable[str]) -> dict[str, Schema]:
    """The components that `roots` need, themselves included, by name."""
    wanted: dict[str, None] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted[name] = None
            waiting.extend(_references(components[name]))
    return {name: components[name] for name in sorted(wanted)}


def walk(schema: Any, visit: Callable[[Schema], None]) -> None:
    """Call `visit` on every mapping inside a schema, outermost first."""
    if isinstance(schema, dict):
        visit(schema)
        for value in list(schema.values()):
            walk(value, visit)
    elif isinstance(schema, list):
        for value in schema:
            walk(value, visit)


def _references(schema: Schema) -> list[str]:
    found: list[str] = []

    def note(part: Schema) -> None:
        if isinstance(part.get("$ref"), str):
            found.append(target(part))

    walk(schema, note)
    return found


def _public(name: str) -> str:
    """`X-Input`/`X-Output` (a shape that differs by direction) becomes `XInput`/`X`."""
    if "__" in name:
        raise ValueError(f"two models share the name {name.rsplit('__', 1)[-1]}")
    return re.sub(r"-Output$", "", name).replace("-", "")


def _clean(schema: Schema) -> Schema:
    """Drop what only repeats a name, and say where names were made public."""
    schema = copy.deepcopy(schema)

    def tidy(part: Schema) -> None:
        if isinstance(part.get("title"), str):
            del part["title"]
        if isinstance(part.get("$ref"), str):
            part["$ref"] = _REF + _public(target(part))

    walk(schema, tidy)
    return schema
