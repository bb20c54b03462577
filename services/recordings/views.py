"""Recordings as those who may watch them see them."""

from datetime import timedelta

from models.documents.bookmark import Bookmark
from models.documents.recording import Participant, Recording
from models.events.people import PersonView
from models.events.recording_views import (
    BookmarkView,
    ComposedView,
    GapKind,
    GapReason,
    GapView,
    RecordingRow,
    RecordingView,
    TrackView,
)
from services.recordings.finishing import started


def view_of(record: Recording) -> RecordingView:
    """The same for everybody who may watch it."""
    people = {one.user_id: person_view(one) for one in record.participants}
    composed = record.composed
    return RecordingView(
        recording_id=record.id,
        call_id=record.call_id,
        conversation_id=record.conversation_id,
        status=record.status,
        started_at=record.started_at,
        duration_ms=record.duration_ms,
        people=list(people.values()),
        legal_hold=record.legal_hold,
        delete_after=record.delete_after,
        composed=ComposedView(
            state=composed.state, percent=composed.percent, file=composed.file, bytes=composed.bytes
        ),
    )  # fmt: skip


def row_of(record: Recording) -> RecordingRow:
    """For administrators."""
    return RecordingRow(
        recording_id=record.id,
        status=record.status,
        started_at=record.started_at,
        duration_ms=record.duration_ms,
        bytes=sum(file.bytes for file in record.files) + record.composed.bytes,
        people=list({one.user_id: person_view(one) for one in record.participants}.values()),
        legal_hold=record.legal_hold,
        delete_after=record.delete_after,
    )


def tracks_of(record: Recording) -> list[TrackView]:
    """Where each file stands on the recording's clock. Those of people nobody knows are left out."""
    tracks = []
    for file in record.files:
        participant = record.participant(file.party_id)
        if participant is None:
            continue
        offset = (started(file) - record.started_at) / timedelta(milliseconds=1)
        tracks.append(
            TrackView(
                file=file.name,
                party_id=file.party_id,
                person=person_view(participant),
                offset_ms=max(0, round(offset)),
                duration_ms=file.duration_ms,
                video=file.video,
                mime=file.mime,
                bytes=file.bytes,
                gaps=[
                    GapView(from_ms=start, to_ms=end, kind=GapKind(kind), reason=GapReason(reason))
                    for start, end, kind, reason in file.gaps
                ],
            )
        )
    return tracks


def subtitles_of(film: str) -> str:
    """The chat beside a composed film."""
    return film.rpartition(".")[0] + ".vtt"


def person_view(participant: Participant) -> PersonView:
    """Under the name they had in the call."""
    return PersonView(
        user_id=participant.user_id, name=participant.name, role=participant.role, verified=participant.verified
    )


def bookmark_view(bookmark: Bookmark, by: PersonView) -> BookmarkView:
    """One mark."""
    return BookmarkView(
        bookmark_id=bookmark.id, at_ms=bookmark.at_ms, note=bookmark.note, by=by, created_at=bookmark.created_at
    )
