"""The HTTP door as an OpenAPI 3.1 document."""

import re
from typing import Any

from handlers.routing import HttpRoute
from hub.rest import COOKIE, CSRF_HEADER, MAX_BODY_BYTES, PREFIX
from models.errors import HubError
from models.events.sync import PROTOCOL
from tools.contracts import prose
from tools.contracts.doors import http_rows
from tools.contracts.refusals import error_classes, http_refusals, problem_schema
from tools.contracts.schemas import Schema, Schemas, closure, ref

_INTRODUCTION = f"""\
The same commands as over the socket, for what is better asked over HTTP: signing in, snapshots, administration, and
clients without a socket. Errors are `application/problem+json` (RFC 9457) with a `code` of the closed catalogue.
Bodies may have up to {MAX_BODY_BYTES // 1024} KiB. Commands with a `cid` may be resent unchanged: they take effect
once."""


def openapi(schemas: Schemas) -> dict[str, Any]:
    """The document."""
    components = dict(schemas.components)
    paths: dict[str, dict[str, Any]] = {}
    roots: list[str] = []
    for row in sorted(http_rows(), key=lambda row: (row.tag, row.path, row.verb)):
        operation, used = _operation(row, schemas, components)
        paths.setdefault(PREFIX + row.path, {})[row.verb.lower()] = operation
        roots += used
    tags = sorted({operation["tags"][0] for path in paths.values() for operation in path.values()})
    codes = [error.code.value for error in error_classes()]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Carewire HTTP",
            "version": PROTOCOL,
            "summary": "Accounts, snapshots and every command without a socket.",
            "description": _INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This hub."}],
        "tags": [{"name": tag} for tag in tags],
        "security": [{"accessToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": closure(components, roots) | {"Problem": problem_schema(codes)},
        },
    }


def _operation(
    row: HttpRoute[Any, Any], schemas: Schemas, components: dict[str, Schema]
) -> tuple[dict[str, Any], list[str]]:
    payload = schemas.payload(row.spec.payload)
    reply = schemas.sent(row.spec.reply)
    in_path = re.findall(r"{(\w+)}", row.path)
    has_body = row.verb not in ("GET", "DELETE")
    body = _without(payload, in_path, components) if has_body else None
    fields = components[payload].get("properties", {})
    required = set(components[payload].get("required", ()))
    used = [reply]
    operation: dict[str, Any] = {
        "operationId": row.spec.name,
        "tags": [row.tag or prose.noun(row.spec.name).replace("_", " ").capitalize()],
        "summary": prose.description(row.spec.payload).partition(". ")[0].rstrip("."),
        "description": _about(row),
    }
    if row.spec.allow is None:
        operation["security"] = []
    parameters = [_parameter(name, "path", fields[name], required=True) for name in in_path]
    parameters += [_parameter(name, "query", fields[name], required=name in required) for name in row.query]
    if row.cookies:
        parameters.append(_csrf())
        parameters.append({
            "name": COOKIE, "in": "cookie", "required": False, "schema": {"type": "string"},
            "description": "Browsers only: the refresh token.",
        })  # fmt: skip
    if parameters:
        operation["parameters"] = parameters
    if body is not None:
        used.append(body)
        operation["requestBody"] = {
            "required": bool(components[body].get("required")),
            "content": {"application/json": {"schema": ref(body)}},
        }
    refused = http_refusals(row.spec, path=bool(in_path), body=has_body, cookies=row.cookies)
    operation["responses"] = {
        str(row.success): {
            "description": prose.description(row.spec.reply),
            "content": {"application/json": {"schema": ref(reply)}},
        },
        **_refused(refused),
    }
    used += [name for parameter in parameters for name in _used(parameter["schema"])]
    return operation, used


def _without(payload: str, in_path: list[str], components: dict[str, Schema]) -> str:
    """The body is the payload less what the path says."""
    if not in_path:
        return payload
    whole = components[payload]
    fields = {name: field for name, field in whole.get("properties", {}).items() if name not in in_path}
    required = [name for name in whole.get("required", ()) if name not in in_path]
    body = {key: value for key, value in whole.items() if key not in ("properties", "required")}
    name = payload + "Body"
    components[name] = body | {"properties": fields} | ({"required": required} if required else {})
    return name


def _parameter(name: str, place: str, schema: Schema, *, required: bool) -> dict[str, Any]:
    schema = dict(schema)
    options = schema.get("anyOf", [])
    # Absence, not a null, is how a parameter is left out.
    given = [option for option in options if option != {"type": "null"}]
    if options and len(given) == 1:
        schema = {key: value for key, value in schema.items() if key not in ("anyOf", "default")} | given[0]
    said = schema.pop("description", None)
    parameter = {"name": name, "in": place, "required": required, "schema": schema}
    return parameter | ({"description": said} if said else {})


def _csrf() -> dict[str, Any]:
    return {
        "name": CSRF_HEADER, "in": "header", "required": False, "schema": {"type": "string"},
        "description": "Needed together with the cookie; any value. Foreign pages cannot set it.",
    }  # fmt: skip


def _about(row: HttpRoute[Any, Any]) -> str:
    return (
        f"{prose.description(row.spec.payload)}\n\n"
        f"Who may: {prose.who_may(row.spec)}. Rate: {prose.rate(row.spec.rate)}. Audited as `{row.spec.audit}`."
    )


def _refused(errors: list[type[HubError]]) -> dict[str, Any]:
    by_status: dict[int, list[type[HubError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {str(status): _refusal(status, by_status[status]) for status in sorted(by_status)}


def _refusal(status: int, errors: list[type[HubError]]) -> dict[str, Any]:
    codes = [error.code.value for error in errors]
    narrowed = {"allOf": [ref("Problem"), {"properties": {"status": {"const": status}, "code": {"enum": codes}}}]}
    said = " ".join(f"`{error.code.value}`: {prose.description(error)}" for error in errors)
    response: dict[str, Any] = {"description": said, "content": {"application/problem+json": {"schema": narrowed}}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    if any(error.retryable for error in errors):
        response["headers"] = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds; where known."}}
    return response


def _used(schema: Schema) -> list[str]:
    return [str(schema["$ref"]).rpartition("/")[2]] if "$ref" in schema else []
