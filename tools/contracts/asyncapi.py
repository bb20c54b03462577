"""The socket door as an AsyncAPI document, written from the hub's side: it receives commands and sends facts."""

from typing import Any

from models.events.base import Audience, CommandSpec, FactSpec
from models.events.catalogue import FACTS
from models.events.sync import PROTOCOL
from tools.contracts import prose
from tools.contracts.doors import socket_commands
from tools.contracts.refusals import ack_error_schema, error_classes, socket_refusals
from tools.contracts.schemas import Schema, Schemas, closure, ref

_INTRODUCTION = """\
Everything that crosses the Socket.IO connection (Socket.IO protocol 5, namespace `/`). A channel is an event name; its
one argument is the message. *Receive* operations are commands: emit them with an acknowledgement callback, the reply is
the callback's one argument. *Send* operations are facts: listen to them.

Connect with `auth: {token, device_id}`. The first fact is `hub.welcome`. Durable facts are entries of a stream,
numbered without gaps; follow them with `hs.sync` as described in the [streams reference](/docs/reference/streams).
Commands with a `cid` may be resent unchanged: they take effect once."""


def asyncapi(schemas: Schemas) -> dict[str, Any]:
    """The document."""
    commands = socket_commands()
    roots = [schemas.payload(spec.payload) for spec in commands] + [schemas.sent(spec.reply) for spec in commands]
    roots += [schemas.sent(spec.payload) for spec in FACTS.values()]
    own = {"Refusal": {"description": "Why a command was refused.", **_any_refusal()}}
    document: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Carewire socket",
            "version": PROTOCOL,
            "description": _INTRODUCTION,
            "tags": [{"name": name} for name in dict.fromkeys(prose.noun(name) for name in _names(commands))],
        },
        "defaultContentType": "application/json",
        "servers": {
            "hub": {
                "host": "{host}",
                "protocol": "wss",
                "pathname": "/socket.io/",
                "description": "Socket.IO over WebSocket, or over HTTP long polling with upgrade.",
                "variables": {"host": {"default": "localhost:8080", "description": "Where the hub is reached."}},
                "security": [{"$ref": "#/components/securitySchemes/accessToken"}],
                "bindings": {"ws": {}},
            }
        },
        "channels": {},
        "operations": {},
        "components": {
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Goes into the Socket.IO `auth` payload as `token`, never into the address.",
                }
            },
            "messages": {},
            "schemas": closure(schemas.components, roots) | own,
        },
    }
    for spec in commands:
        _add_command(document, schemas, spec)
    for fact in FACTS.values():
        _add_fact(document, schemas, fact)
    return document


def _add_command(document: dict[str, Any], schemas: Schemas, spec: CommandSpec[Any, Any]) -> None:
    messages = document["components"]["messages"]
    messages[spec.name] = {
        "name": spec.name,
        "title": spec.payload.__name__,
        "summary": prose.description(spec.payload),
        "payload": ref(schemas.payload(spec.payload)),
    }
    messages[f"{spec.name}.ack"] = {
        "name": f"{spec.name}.ack",
        "title": spec.reply.__name__,
        "summary": prose.description(spec.reply),
        "payload": {"oneOf": [_success(ref(schemas.sent(spec.reply))), _failure(spec)]},
    }
    document["channels"][spec.name] = {
        "address": spec.name,
        "messages": {
            "command": {"$ref": f"#/components/messages/{spec.name}"},
            "ack": {"$ref": f"#/components/messages/{spec.name}.ack"},
        },
    }
    document["operations"][spec.name] = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{spec.name}"},
        "title": spec.name,
        "summary": prose.description(spec.payload),
        "tags": [{"name": prose.noun(spec.name)}],
        "messages": [{"$ref": f"#/channels/{spec.name}/messages/command"}],
        "reply": {
            "channel": {"$ref": f"#/channels/{spec.name}"},
            "messages": [{"$ref": f"#/channels/{spec.name}/messages/ack"}],
        },
        "x-kind": "signal" if spec.signal else "command",
        "x-who-may": prose.who_may(spec),
        "x-rate": prose.rate(spec.rate),
        "x-lane": spec.lane.value,
        "x-class-of-service": spec.qos.value,
        "x-audit": spec.audit,
    }


def _add_fact(document: dict[str, Any], schemas: Schemas, spec: FactSpec[Any]) -> None:
    key = f"fact.{spec.name}"
    document["components"]["messages"][key] = {
        "name": spec.name,
        "title": spec.payload.__name__,
        "summary": prose.description(spec.payload),
        "payload": envelope(spec, ref(schemas.sent(spec.payload))),
    }
    document["channels"][key] = {
        "address": spec.name,
        "messages": {"fact": {"$ref": f"#/components/messages/{key}"}},
    }
    document["operations"][key] = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{key}"},
        "title": spec.name,
        "summary": prose.description(spec.payload),
        "tags": [{"name": prose.noun(spec.name)}],
        "messages": [{"$ref": f"#/channels/{key}/messages/fact"}],
        "x-kind": "durable fact" if spec.durable else "fact",
        "x-audience": prose.audience(spec),
        "x-class-of-service": spec.qos.value,
    }


def envelope(spec: FactSpec[Any], data: Schema) -> Schema:
    """The one argument of a fact: bare for facts about the connection, else with when, and where in the log."""
    if spec.audience is Audience.CONNECTION:
        return data
    at: Schema = {"type": "string", "format": "date-time", "description": "When the hub accepted it."}
    if not spec.durable:
        return {"type": "object", "required": ["at", "data"], "properties": {"at": at, "data": data}}
    return {
        "type": "object",
        "required": ["s", "n", "at", "by", "data"],
        "properties": {
            "s": {"type": "string", "description": "Stream."},
            "n": {"type": "integer", "minimum": 1, "description": "Position in the stream; contiguous from 1."},
            "at": at,
            "by": {"type": "string", "description": "User id of the author, or `system`."},
            "cid": {"type": ["string", "null"], "description": "The author's client id."},
            "data": data,
        },
    }


def _success(reply: Schema) -> Schema:
    return {"type": "object", "required": ["ok", "data"], "properties": {"ok": {"const": True}, "data": reply}}


def _failure(spec: CommandSpec[Any, Any]) -> Schema:
    codes = [error.code.value for error in socket_refusals(spec)]
    error = {"allOf": [ref("Refusal"), {"properties": {"code": {"enum": codes}}}]}
    return {"type": "object", "required": ["ok", "error"], "properties": {"ok": {"const": False}, "error": error}}


def _any_refusal() -> Schema:
    return ack_error_schema([error.code.value for error in error_classes()])


def _names(commands: list[CommandSpec[Any, Any]]) -> list[str]:
    return [spec.name for spec in commands] + list(FACTS)
