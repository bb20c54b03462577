"""Recordings stay readable when the field keys are rotated: only the small wrapped key is sealed anew."""

from services.accounts.rotation import rotate
from services.fields import FieldCipher
from services.recordings.records import Records
from tests.integration.recordings.visit import Visit
from tests.support.accounts import ring


async def test_the_wrapped_key_moves_to_the_current_field_key(visit: Visit) -> None:
    record = await visit.watchable()
    key = visit.recordings.records.key(record)
    done = {row.collection: row.documents for row in await rotate(FieldCipher(ring("f2", "f1")))}
    assert done["recordings"] == 1
    moved = await visit.record(record.id)
    assert moved.key != record.key and Records(FieldCipher(ring("f2"))).key(moved) == key
