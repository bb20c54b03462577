"""Re-encrypting every stored field with the current key, while the hub runs."""

import re
from dataclasses import dataclass
from typing import Any, Final

from beanie import Document

from models.documents.account import Account
from models.documents.outgoing_mail import OutgoingMail
from models.documents.recording import Recording
from services import state
from services.fields import FieldCipher, SealBrokenError

BATCH: Final = 100
SEALED: Final[tuple[tuple[type[Document], str, tuple[str, ...]], ...]] = (
    (
        Account,
        "accounts",
        ("email", "phone", "licence_number", "second_factor.secret", "second_factor.proposed"),
    ),
    (OutgoingMail, "outgoing_mail", ("sealed",)),
    (Recording, "recordings", ("key",)),
)
"""Every encrypted field of every collection."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What one run did to one collection."""

    collection: str
    documents: int
    """Re-encrypted now."""
    left: int
    """Changed by somebody else at that moment; the next run takes them."""
    broken: int
    """Sealed with a key that is missing, or changed behind our back: left as they are."""


async def rotate(cipher: FieldCipher) -> list[Rotated]:
    """Re-encrypt what is sealed with an older key. Run it again at any time: what is done is not touched again.

    Documents are taken in batches in the order of their keys, and each is changed only if its sealed values are still
    those that were read, so a person's own change at the same moment wins.
    """
    return [await _rotate(cipher, kind, collection, fields) for kind, collection, fields in SEALED]


async def _rotate(cipher: FieldCipher, kind: type[Document], collection: str, fields: tuple[str, ...]) -> Rotated:
    stale = {"$regex": "^(?!" + re.escape(cipher.current_prefix) + ")"}
    query: dict[str, Any] = {"$or": [{field: stale} for field in fields]}
    stored = state.collection_of(kind)
    after: str | None = None
    done = left = broken = 0
    while True:
        where = query if after is None else {"$and": [query, {"_id": {"$gt": after}}]}
        async with stored.find(where, dict.fromkeys(fields, 1), limit=BATCH, sort=[("_id", 1)]) as cursor:
            batch = [raw async for raw in cursor]
        if not batch:
            return Rotated(collection, done, left, broken)
        for raw in batch:
            after = raw["_id"]
            old = {field: value for field in fields if (value := _at(raw, field)) is not None}
            try:
                new = {field: _moved(cipher, collection, raw["_id"], field, value) for field, value in old.items()}
            except SealBrokenError:
                broken += 1
                continue
            outcome = await stored.update_one({"_id": raw["_id"], **old}, {"$set": new})
            done += outcome.matched_count
            left += 1 - outcome.matched_count


def _moved(cipher: FieldCipher, collection: str, key: str, field: str, value: str) -> str:
    return cipher.seal(collection, key, field, cipher.open(collection, key, field, value))


def _at(raw: dict[str, Any], field: str) -> str | None:
    value: Any = raw
    for name in field.split("."):
        value = None if value is None else value.get(name)
    return None if value is None else str(value)
