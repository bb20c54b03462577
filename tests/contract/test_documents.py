"""The generated documents are what the models say, are valid, and leave nothing out."""

import json
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
import yaml

from hub.settings import Settings
from models.errors import ErrorCode, GoodbyeCode
from models.events.catalogue import COMMANDS, FACTS
from tools.contracts import ROOT
from tools.contracts.doors import http_rows, socket_commands
from tools.contracts.files import drifted
from tools.contracts.fixtures import command_fixture, fact_fixture

ASYNCAPI_SCHEMA = ROOT / "web/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docs/api" / name).read_text())
    return document


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    return _document("asyncapi.yaml")


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return _document("openapi.yaml")


def test_generated_files_have_not_drifted() -> None:
    wrong = [str(path.relative_to(ROOT)) for path in drifted()]
    assert wrong == [], "run `python -m tools.contracts`"


def test_asyncapi_is_valid(asyncapi: dict[str, Any]) -> None:
    assert ASYNCAPI_SCHEMA.is_file(), "run `npm ci` in web/"
    validator = jsonschema_rs.Draft7Validator(json.loads(ASYNCAPI_SCHEMA.read_text()))
    assert [error.message for error in validator.iter_errors(asyncapi)] == []


def test_asyncapi_references_lead_somewhere(asyncapi: dict[str, Any]) -> None:
    assert _dangling(asyncapi, asyncapi) == []


def test_openapi_is_valid_and_its_references_lead_somewhere(openapi: dict[str, Any]) -> None:
    schemathesis.openapi.from_dict(openapi).validate()
    assert _dangling(openapi, openapi) == []


def test_every_socket_command_and_fact_is_an_operation(asyncapi: dict[str, Any]) -> None:
    received = {name for name, operation in asyncapi["operations"].items() if operation["action"] == "receive"}
    sent = {operation["title"] for operation in asyncapi["operations"].values() if operation["action"] == "send"}
    assert received == {spec.name for spec in socket_commands()}
    assert sent == set(FACTS)
    assert all("reply" in asyncapi["operations"][name] for name in received)


def test_every_http_row_is_an_operation(openapi: dict[str, Any]) -> None:
    documented = {
        (verb.upper(), path): operation["operationId"]
        for path, item in openapi["paths"].items()
        for verb, operation in item.items()
    }
    assert documented == {(row.verb, f"/api/v1{row.path}"): row.spec.name for row in http_rows()}


def test_every_command_has_a_door() -> None:
    assert {spec.name for spec in socket_commands()} | {row.spec.name for row in http_rows()} == set(COMMANDS)


def test_fixtures_satisfy_the_asyncapi_schemas(asyncapi: dict[str, Any]) -> None:
    messages = asyncapi["components"]["messages"]
    for spec in socket_commands():
        fixture = command_fixture(ROOT, spec.name)
        assert fixture is not None
        _satisfies(asyncapi, messages[spec.name]["payload"], fixture["payload"])
        _satisfies(asyncapi, messages[f"{spec.name}.ack"]["payload"], {"ok": True, "data": fixture["reply"]})
    for name in FACTS:
        _satisfies(asyncapi, messages[f"fact.{name}"]["payload"], fact_fixture(ROOT, name))


def test_a_refusal_satisfies_the_ack_of_its_command_only_with_a_declared_code(asyncapi: dict[str, Any]) -> None:
    ack = asyncapi["components"]["messages"]["chat.send.ack"]["payload"]
    error = {"code": "not_now", "message": "Not now.", "retryable": False, "ref": "a-1"}
    _satisfies(asyncapi, ack, {"ok": False, "error": error})
    with pytest.raises(jsonschema_rs.ValidationError):
        _satisfies(asyncapi, ack, {"ok": False, "error": error | {"code": "weak_password"}})


def test_every_command_fact_error_goodbye_and_setting_is_documented() -> None:
    events, errors, settings, streams = (
        (ROOT / f"docs/reference/{page}.md").read_text() for page in ("events", "errors", "settings", "streams")
    )
    assert [name for name in (*COMMANDS, *FACTS) if f"\n### {name}\n" not in events] == []
    assert [code for code in ErrorCode if f"\n## {code.value}\n" not in errors] == []
    assert [code for code in GoodbyeCode if f"| `{code.value}` |" not in errors] == []
    assert [name for name in Settings.model_fields if f"| `{name.upper()}` |" not in settings] == []
    assert [spec.name for spec in FACTS.values() if f"[`{spec.name}`]" not in streams] == []


def test_everything_in_the_catalogue_is_described() -> None:
    payloads = {name: spec.payload for name, spec in COMMANDS.items()} | {
        name: spec.payload for name, spec in FACTS.items()
    }
    nameless = [name for name, payload in payloads.items() if not (payload.__doc__ or "").strip()]
    assert nameless == []


def _satisfies(document: dict[str, Any], schema: dict[str, Any], example: Any) -> None:
    jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}).validate(example)


def _dangling(document: dict[str, Any], part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for item in part for found in _dangling(document, item)]
    if not isinstance(part, dict):
        return []
    found = [found for value in part.values() for found in _dangling(document, value)]
    pointer = part.get("$ref")
    if isinstance(pointer, str):
        node: Any = document
        for step in pointer.removeprefix("#/").split("/"):
            node = node.get(step) if isinstance(node, dict) else None
        if node is None:
            found.append(pointer)
    return found
