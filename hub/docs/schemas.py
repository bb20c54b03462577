"""JSON schemas as tables."""

import json
from html import escape
from typing import Any

from hub.docs.markdown import inline

Schema = dict[str, Any]


def table(schema: Schema) -> str:
    """The fields of an object, or the schema's type where it is no object with fields."""
    fields: dict[str, Schema] = schema.get("properties", {})
    if "enum" in schema:
        return f"<p>{_values(schema['enum'])}</p>"
    if not fields:
        return f"<p>{type_of(schema)}</p>" if schema.get("type") != "object" else "<p>No fields.</p>"
    required = set(schema.get("required", ()))
    rows = "".join(_row(name, field, name in required) for name, field in fields.items())
    return f'<div class="table"><table><tr><th>Field<th>Type<th>Meaning</tr>{rows}</table></div>'


def type_of(schema: Schema) -> str:
    """A type and its bounds, as inline HTML."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(type_of(part) for part in schema[key]))
    if "const" in schema:
        return _values([schema["const"]])
    if "enum" in schema:
        return _values(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}{_bounds(schema, 'minItems', 'maxItems', 'items')}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
        return f"map to {type_of(values)}" if isinstance(values, dict) else "object"
    named = schema.get("format") or schema.get("type", "anything")
    text = " or ".join(named) if isinstance(named, list) else str(named)
    return escape(text) + _bounds(schema, "minLength", "maxLength", "chars") + _bounds(schema, "minimum", "maximum", "")


def _row(name: str, field: Schema, required: bool) -> str:
    need = ' <span class="need">required</span>' if required else ""
    said = inline(str(field.get("description", "")))
    if field.get("default") not in (None, "", [], {}):
        said += f" Default <code>{escape(json.dumps(field['default']))}</code>."
    return f"<tr><td><code>{escape(name)}</code>{need}<td>{type_of(field)}<td>{said}</tr>"


def _values(values: list[Any]) -> str:
    return ", ".join(f"<code>{escape(json.dumps(value).strip(chr(34)))}</code>" for value in values)


def _bounds(schema: Schema, low: str, high: str, unit: str) -> str:
    least, most = schema.get(low), schema.get(high)
    if most is not None and most >= 2**53 - 1:
        most = None
    if least is None and most is None:
        return ""
    span = f"at least {least}" if most is None else f"up to {most}" if least is None else f"{least} to {most}"
    return f", {span} {unit}".rstrip()
