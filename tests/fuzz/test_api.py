"""Every operation of the OpenAPI document, examined by Schemathesis with all of its checks, as every role."""

from pathlib import Path

import pytest

from models.enums import PEOPLE, Role
from tests.fuzz.api import Round, examine

ROUNDS = (
    Round(Role.DOCTOR, ("examples", "coverage"), 1),
    Round(Role.PATIENT, ("fuzzing", "stateful"), 4),
    Round(Role.NURSE, ("fuzzing",), 3),
    Round(Role.FAMILY, ("fuzzing",), 3),
    Round(Role.ADMIN, ("fuzzing", "stateful"), 4),
)


@pytest.mark.timeout(400)
async def test_the_http_door_is_what_the_document_says(tmp_path: Path) -> None:
    survey = await examine(ROUNDS, 20_260, tmp_path)
    print(survey.cases, survey.hub)
    assert not survey.troubles, "\n".join(survey.troubles)
    assert survey.cases >= 2000
    assert {finding.role for finding in survey.findings} == PEOPLE
    assert survey.files_opened < 20
    assert survey.grown_kb < 50 * 1024
