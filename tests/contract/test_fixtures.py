"""Every command, reply and fact has an example that the models accept, exactly as the hub would send it."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.events.base import Audience, CommandSpec, FactSpec
from models.events.catalogue import COMMANDS, FACTS
from models.events.sync import LoggedEvent
from tools.contracts import ROOT
from tools.contracts.fixtures import FOLDER, command_fixture, fact_fixture


@pytest.mark.parametrize("spec", COMMANDS.values(), ids=lambda spec: spec.name)
def test_command_has_an_example_that_its_models_accept(spec: CommandSpec[Any, Any]) -> None:
    fixture = command_fixture(ROOT, spec.name)
    assert fixture is not None, f"write {FOLDER}/commands/{spec.name}.json"
    spec.payload.model_validate_json(json.dumps(fixture["payload"]))
    reply = spec.reply.model_validate_json(json.dumps(fixture["reply"]))
    assert json.loads(reply.model_dump_json()) == fixture["reply"]


@pytest.mark.parametrize("spec", COMMANDS.values(), ids=lambda spec: spec.name)
def test_command_refuses_an_unknown_field(spec: CommandSpec[Any, Any]) -> None:
    fixture = command_fixture(ROOT, spec.name)
    assert fixture is not None
    with pytest.raises(ValueError, match="extra_forbidden"):
        spec.payload.model_validate_json(json.dumps(fixture["payload"] | {"unheard_of": 1}))


@pytest.mark.parametrize("spec", FACTS.values(), ids=lambda spec: spec.name)
def test_fact_has_an_example_that_its_model_accepts(spec: FactSpec[Any]) -> None:
    fixture = fact_fixture(ROOT, spec.name)
    assert fixture is not None, f"write {FOLDER}/facts/{spec.name}.json"
    if spec.durable:
        logged = LoggedEvent.model_validate_json(json.dumps({"t": spec.name, **fixture}))
        assert logged.model_dump(exclude={"t"}) == fixture
    data = fixture if spec.audience is Audience.CONNECTION else fixture["data"]
    assert json.loads(spec.payload.model_validate_json(json.dumps(data)).model_dump_json()) == data


def test_no_example_is_left_over() -> None:
    folder = ROOT / FOLDER
    assert {path.stem for path in _names(folder / "commands")} == set(COMMANDS)
    assert {path.stem for path in _names(folder / "facts")} == set(FACTS)


def _names(folder: Path) -> list[Path]:
    return list(folder.glob("*.json"))
