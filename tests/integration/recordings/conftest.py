"""One visit on a database and a disk of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.mongo.client import Database, bind_documents, create_indexes
from models.documents.account import Account
from models.documents.call import Call
from models.documents.outgoing_mail import OutgoingMail
from models.documents.session import Session
from services.recordings import DOCUMENTS
from tests.integration.chat.ward import ward_of
from tests.integration.recordings.visit import Visit
from tests.support.clinic import Clinic, clinic_on


@pytest.fixture
async def clinic(database: Database) -> AsyncIterator[Clinic]:
    """A single node."""
    async with clinic_on(database) as clinics:
        await bind_documents(database, (Account, Call, OutgoingMail, Session, *DOCUMENTS))
        await create_indexes(database, (Call, *DOCUMENTS))
        yield clinics[0]


@pytest.fixture
async def visit(clinic: Clinic, tmp_path: Path) -> AsyncIterator[Visit]:
    """Doctor and patient, not yet in a call."""
    visit = Visit(await ward_of(clinic), tmp_path / "recordings")
    yield visit
    await visit.recordings.close()
