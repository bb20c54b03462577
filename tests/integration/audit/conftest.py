"""Keys and a place for seals."""

from pathlib import Path

import pytest

from hub.audit.keys import AuditKeys


@pytest.fixture
def keys() -> AuditKeys:
    return AuditKeys(bytes(range(32)))


@pytest.fixture
def seals(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "seals.jsonl"
