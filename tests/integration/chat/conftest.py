"""One clinic on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from hub.mongo.client import Database
from tests.integration.chat.ward import Ward, ward_of
from tests.support.clinic import Clinic, clinic_on


@pytest.fixture
async def clinic(database: Database) -> AsyncIterator[Clinic]:
    """A single node."""
    async with clinic_on(database) as clinics:
        yield clinics[0]


@pytest.fixture
async def ward(clinic: Clinic) -> Ward:
    """People who know each other."""
    return await ward_of(clinic)
