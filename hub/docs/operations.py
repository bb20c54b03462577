"""OpenAPI and AsyncAPI documents as pages: one article per operation, grouped by tag, and the shapes at the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from hub.docs.layout import Entry
from hub.docs.markdown import Rendered, block, inline, slug
from hub.docs.schemas import Schema, table, type_of

Document = dict[str, Any]


@dataclass(slots=True)
class Operation:
    """What both kinds of documents say about one operation."""

    group: str
    name: str
    badge: str
    heading: str
    about: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)


def http_page(document: Document) -> Rendered:
    """The HTTP door."""
    return _page(document, list(_http(document)))


def socket_page(document: Document) -> Rendered:
    """The socket door."""
    return _page(document, list(_socket(document)))


def _http(document: Document) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for verb, told in item.items():
            parameters = [_parameter(one) for one in told.get("parameters", ())]
            operation = Operation(
                told["tags"][0], told["operationId"], verb, f"{verb.upper()} {path}", block(told["description"])
            )
            operation.notes.append(("Signing in", "not needed" if told.get("security") == [] else "needed"))
            if parameters:
                operation.parts.append(("Parameters", _rows("Name", parameters)))
            if "requestBody" in told:
                operation.parts.append(("Body", _content(told["requestBody"], document)))
            refusals = []
            for status, response in told["responses"].items():
                if status.startswith("2"):
                    operation.parts.append((f"Answer {status}", _content(response, document)))
                else:
                    refusals.append((f"<code>{escape(status)}</code>", "", inline(response["description"])))
            operation.parts.append(("Refusals", _rows("Status", refusals)))
            yield operation


def _socket(document: Document) -> Iterator[Operation]:
    messages = document["components"]["messages"]
    for key, told in document["operations"].items():
        badge = str(told["x-kind"]).rpartition(" ")[2]
        operation = Operation(told["tags"][0]["name"], key, badge, told["title"], f"<p>{inline(told['summary'])}</p>")
        operation.notes += [
            (extension.removeprefix("x-").replace("-", " ").capitalize(), inline(str(said)))
            for extension, said in told.items()
            if extension.startswith("x-") and extension != "x-kind"
        ]
        payload = _resolve(messages[key]["payload"], document)
        operation.parts.append(("Argument", table(payload)))
        data = payload.get("properties", {}).get("data", {})
        if "$ref" in data:
            operation.parts.append(("data", table(_resolve(data, document))))
        if "reply" in told:
            success, failure = messages[f"{key}.ack"]["payload"]["oneOf"]
            operation.parts.append(("Ack: data", table(_resolve(success["properties"]["data"], document))))
            codes = failure["properties"]["error"]["allOf"][1]["properties"]["code"]["enum"]
            operation.parts.append(("Ack: error codes", _codes(codes)))
        yield operation


def _page(document: Document, operations: list[Operation]) -> Rendered:
    info = document["info"]
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.group, []).append(operation)
    body = [f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>", block(info["description"])]
    contents = []
    for group, members in groups.items():
        body.append(f'<h2 id="{slug(group)}">{escape(group)}</h2>')
        body += [_article(operation) for operation in members]
        children = tuple(Entry(one.name.removeprefix("fact."), f"#{slug(one.name)}") for one in members)
        contents.append(Entry(group, f"#{slug(group)}", children))
    body.append('<h2 id="shapes">Shapes</h2>')
    body += [_shape(name, schema) for name, schema in document["components"]["schemas"].items()]
    return Rendered(info["title"], "\n".join(body), (*contents, Entry("Shapes", "#shapes")))


def _article(operation: Operation) -> str:
    notes = "".join(f"<dt>{escape(name)}<dd>{said}" for name, said in operation.notes)
    parts = "".join(f"<h4>{escape(title)}</h4>{html}" for title, html in operation.parts)
    return (
        f'<article id="{slug(operation.name)}"><h3><span class="badge {escape(operation.badge)}">'
        f'{escape(operation.badge.upper())}</span><span class="mono">{escape(operation.heading)}</span></h3>'
        f"{operation.about}<dl>{notes}</dl>{parts}</article>"
    )


def _shape(name: str, schema: Schema) -> str:
    said = inline(str(schema.get("description", "")))
    head = f'<h3 class="mono">{escape(name)}</h3><p>{said}</p>'
    return f'<article id="schema-{escape(name)}">{head}{table(schema)}</article>'


def _parameter(told: dict[str, Any]) -> tuple[str, str, str]:
    name = f"<code>{escape(told['name'])}</code> {escape(told['in'])}"
    need = ' <span class="need">required</span>' if told["required"] else ""
    return name + need, type_of(told["schema"]), inline(told.get("description", ""))


def _rows(head: str, rows: list[tuple[str, str, str]]) -> str:
    body = "".join(f"<tr><td>{name}<td>{kind}<td>{said}</tr>" for name, kind, said in rows)
    return f'<div class="table"><table><tr><th>{head}<th><th></tr>{body}</table></div>'


def _content(told: dict[str, Any], document: Document) -> str:
    schema = next(iter(told["content"].values()))["schema"]
    name = f"<p>{type_of(schema)}</p>" if "$ref" in schema else ""
    return name + table(_resolve(schema, document))


def _codes(codes: list[str]) -> str:
    return (
        "<p>" + ", ".join(f'<a href="/docs/reference/errors#{code}"><code>{code}</code></a>' for code in codes) + "</p>"
    )


def _resolve(schema: Schema, document: Document) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
