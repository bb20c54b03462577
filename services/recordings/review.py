"""Looking at a recorded visit again: detail, links, what was watched."""

from collections.abc import Sequence
from typing import Final

from models.documents.recording import Recording
from models.errors import NotFound
from models.events.base import Done
from models.events.recording_views import ComposeState, RecordingStatus
from models.events.recordings import (
    LinkRecording,
    NameRecording,
    Range,
    RecordingDetail,
    RecordingLink,
    TellWatched,
)
from services.accounts.sessions import is_in_browser
from services.audit import OK, AuditDoor
from services.membership import Membership
from services.ports import AuditPort, AuditRow
from services.recordings.bookmarks import Bookmarks
from services.recordings.links import Links, Ticket
from services.recordings.outdating import Outdating
from services.recordings.shelf import Shelf
from services.recordings.timeline import Timeline
from services.recordings.views import subtitles_of, tracks_of, view_of
from services.unit import Unit

VIEWED: Final = "recording.view"
"""Audit action of every stretch that was watched, which stands in `ref`."""
LONGEST_REF: Final = 400


class ReviewService:
    """Every answer is for somebody who may watch the recording at that moment."""

    def __init__(
        self, shelf: Shelf, membership: Membership, timeline: Timeline, bookmarks: Bookmarks, links: Links,
        outdating: Outdating, audit: AuditPort,
    ) -> None:  # fmt: skip
        self._shelf = shelf
        self._membership = membership
        self._timeline = timeline
        self._bookmarks = bookmarks
        self._links = links
        self._outdating = outdating
        self._audit = audit
        self.list_visible = shelf.list_visible
        self.list_all = shelf.list_all

    async def get(self, unit: Unit, cmd: NameRecording) -> RecordingDetail:
        """Tracks, timeline and one's own bookmarks."""
        actor = unit.actor
        unit.resource = cmd.recording_id
        record = await self._shelf.access(actor.user_id, actor.role, cmd.recording_id)
        conversation = await self._membership.access(actor.user_id, record.conversation_id)
        floor = await self._membership.floor(conversation, actor.user_id)
        record = await self._outdating.current(record)
        return RecordingDetail(
            recording=view_of(record),
            tracks=tracks_of(record),
            timeline=await self._timeline.of(record, floor),
            bookmarks=await self._bookmarks.of(record, actor.user_id),
        )

    async def link(self, unit: Unit, cmd: LinkRecording) -> RecordingLink:
        """Each link is for one file, one person and one session."""
        actor = unit.actor
        unit.resource = cmd.recording_id
        record = await self._shelf.access(actor.user_id, actor.role, cmd.recording_id)
        if mime_of(record, cmd.file) is None or not await self._open_to(record, cmd.file, actor.user_id):
            raise NotFound
        url, ticket = self._links.issue(
            actor.user_id, actor.role, actor.session_id, record.id, cmd.file, unit.now,
            in_browser=await is_in_browser(actor),
        )  # fmt: skip
        return RecordingLink(url=url, expires_at=ticket.expires_at)

    async def watched(self, unit: Unit, cmd: TellWatched) -> Done:
        """What the screen says was watched; what was really sent is audited beside it."""
        actor = unit.actor
        unit.resource = cmd.recording_id
        record = await self._shelf.access(actor.user_id, actor.role, cmd.recording_id)
        door = AuditDoor.HTTP if unit.origin is None else AuditDoor.SOCKET
        ranges = [(start, min(end, record.duration_ms)) for start, end in cmd.ranges]
        for ref in refs_of("told", ranges):
            await self._audit.record(
                AuditRow(actor.user_id, actor.session_id, VIEWED, cmd.recording_id, OK, door, ref)
            )  # fmt: skip
        return Done()

    async def show(self, ticket: Ticket) -> tuple[Recording, str]:
        """For the door of files: the recording and the file's media type, if the ticket's holder may see it now."""
        record = await self._shelf.access(ticket.user_id, ticket.role, ticket.recording_id)
        mime = mime_of(record, ticket.file)
        if mime is None or not await self._open_to(record, ticket.file, ticket.user_id):
            raise NotFound
        return record, mime

    async def _open_to(self, record: Recording, file: str, user_id: str) -> bool:
        """The film has the chat in it.

        Not for those who joined again without the history of that time, and for nobody with what was taken back.
        """
        if any(one.name == file for one in record.files):
            return True
        if (await self._outdating.current(record)).composed.state is not ComposeState.READY:
            return False
        conversation = await self._membership.access(user_id, record.conversation_id)
        floor = await self._membership.floor(conversation, user_id)
        return floor == 0 or floor <= (await self._timeline.begins(record) or 0)

    async def note_view(self, ticket: Ticket, seen: str) -> None:
        """One audit row about what went out on a link."""
        await self._audit.record(
            AuditRow(ticket.user_id, ticket.session_id, VIEWED, ticket.recording_id, OK, AuditDoor.HTTP, seen)
        )  # fmt: skip


def mime_of(record: Recording, file: str) -> str | None:
    """The media type of a finished file; None when the recording has none of that name."""
    if record.status is not RecordingStatus.READY:
        return None
    for one in record.files:
        if one.name == file:
            return one.mime
    film = record.composed
    if film.state is not ComposeState.READY or film.file is None:
        return None
    return {film.file: "video/webm", subtitles_of(film.file): "text/vtt"}.get(file)


def refs_of(what: str, ranges: Sequence[Range]) -> list[str]:
    """`what:0-12000,30000-45000`, in as many pieces of bounded length as it takes."""
    refs: list[str] = []
    for start, end in merged(ranges):
        stretch = f"{start}-{end}"
        if not refs or len(refs[-1]) + len(stretch) >= LONGEST_REF:
            refs.append(f"{what}:{stretch}")
        else:
            refs[-1] += f",{stretch}"
    return refs


def merged(ranges: Sequence[Range]) -> list[Range]:
    """Ascending, without overlaps; what is the wrong way round counts as nothing."""
    joined: list[Range] = []
    for start, end in sorted(one for one in ranges if 0 <= one[0] <= one[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
