"""Fixtures of the recorder's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from media.recording.disk import DiskWriter
from tests.integration.recording.studio import Studio


@pytest.fixture
def disk() -> Iterator[DiskWriter]:
    """The writing thread."""
    writer = DiskWriter()
    yield writer
    assert writer.close(5.0)


@pytest.fixture
def studio(tmp_path: Path, disk: DiskWriter) -> Studio:
    """A recorder on a real disk."""
    return Studio(tmp_path, disk)
