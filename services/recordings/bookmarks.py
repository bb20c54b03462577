"""One's own marks and notes in a recording."""

from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from models.documents.bookmark import Bookmark
from models.documents.recording import Recording
from models.errors import Forbidden, NotFound, NotNow, TryAgain
from models.events.base import Done
from models.events.people import PersonView
from models.events.recording_views import BookmarkView, RecordingStatus
from models.events.recordings import AddBookmark, BookmarkReply, ChangeBookmark, RemoveBookmark
from models.ids import derived_id
from services import state
from services.calls.book import milliseconds
from services.recordings.shelf import Shelf
from services.recordings.views import bookmark_view, person_view
from services.unit import Unit

MOST: Final = 500
"""Of one person in one recording."""


class Bookmarks:
    """Nobody sees or changes anybody else's."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def of(self, record: Recording, user_id: str) -> list[BookmarkView]:
        """One's own, in the order of the recording."""
        query = {"recording_id": record.id, "user_id": user_id}
        found = await state.fetch_all(Bookmark, query, MOST, [("at_ms", 1)])
        return [bookmark_view(bookmark, _by(record, user_id)) for bookmark in found]

    async def add(self, unit: Unit, cmd: AddBookmark) -> BookmarkReply:
        """Mark a moment. NotNow: not finished yet, beyond the end, or too many."""
        actor = unit.actor
        unit.resource = cmd.recording_id
        record = await self._shelf.access(actor.user_id, actor.role, cmd.recording_id)
        if record.status is not RecordingStatus.READY or cmd.at_ms > record.duration_ms:
            raise NotNow
        bookmark = Bookmark(
            id=derived_id("bookmark", actor.user_id, actor.device_id, cmd.cid), recording_id=record.id,
            user_id=actor.user_id, at_ms=cmd.at_ms, note=cmd.note, created_at=milliseconds(unit.now),
        )  # fmt: skip
        standing = await state.fetch(Bookmark, bookmark.id)
        if standing is None:
            if len(await self.of(record, actor.user_id)) >= MOST:
                raise NotNow
            await state.insert(bookmark)
            try:
                await self._shelf.access(actor.user_id, actor.role, record.id)
            except NotFound:
                await forget({"_id": bookmark.id})  # deleted meanwhile, perhaps after its notes were
                raise
        return BookmarkReply(bookmark=bookmark_view(standing or bookmark, _by(record, actor.user_id)))

    async def change(self, unit: Unit, cmd: ChangeBookmark) -> BookmarkReply:
        """Another note."""
        record = await self._own(unit, cmd.recording_id, cmd.bookmark_id)
        changed = await state.change(Bookmark, {"_id": cmd.bookmark_id}, {"$set": {"note": cmd.note}})
        if changed is None:
            raise NotFound
        return BookmarkReply(bookmark=bookmark_view(changed, _by(record, unit.actor.user_id)))

    async def remove(self, unit: Unit, cmd: RemoveBookmark) -> Done:
        """Remove it; what is removed already stays so."""
        try:
            await self._own(unit, cmd.recording_id, cmd.bookmark_id)
        except NotFound:
            await self._shelf.access(unit.actor.user_id, unit.actor.role, cmd.recording_id)
            return Done()
        await forget({"_id": cmd.bookmark_id})
        return Done()

    async def _own(self, unit: Unit, recording_id: str, bookmark_id: str) -> Recording:
        actor = unit.actor
        unit.resource = recording_id
        record = await self._shelf.access(actor.user_id, actor.role, recording_id)
        bookmark = await state.fetch(Bookmark, bookmark_id)
        if bookmark is None or bookmark.recording_id != record.id:
            raise NotFound
        if bookmark.user_id != actor.user_id:
            raise Forbidden
        return record


async def forget(query: dict[str, str]) -> None:
    """Delete bookmarks for good."""
    try:
        with pymongo.timeout(state.WAIT_S):
            await state.collection_of(Bookmark).delete_many(query)
    except PyMongoError as error:
        raise TryAgain from error


def _by(record: Recording, user_id: str) -> PersonView:
    return next(person_view(one) for one in record.participants if one.user_id == user_id)
