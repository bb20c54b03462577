"""Who may look at a recorded visit again, and what they see."""

import pytest

from models import streams
from models.documents.bookmark import Bookmark
from models.documents.owing import pending
from models.documents.recording import Composed, Recording
from models.enums import HistoryFrom, RelationshipKind, Role
from models.errors import Forbidden, NotFound, NotNow
from models.events.call_views import MediaPath, MediaState, PathReason
from models.events.calls import CALL_MEDIA_CHANGED, CALL_PATH_CHANGED, MediaChanged, PathChanged
from models.events.chat import DeleteMessage, EditMessage
from models.events.conversations import LeaveConversation
from models.events.recording_views import ComposeState, RecordingStatus, TimelineEvent, TimelineKind
from models.events.recordings import (
    LAST_MOMENT_MS,
    AddBookmark,
    ChangeBookmark,
    LinkRecording,
    ListRecordings,
    NameRecording,
    RecordingDetail,
    RemoveBookmark,
    TellWatched,
)
from models.ids import new_id
from services import state
from services.unit import Actor
from tests.integration.recordings.visit import Visit
from tests.support.clinic import use


async def look(visit: Visit, who: Actor, recording_id: str) -> RecordingDetail:
    return await visit.recordings.review.get(use(who), NameRecording(recording_id=recording_id))


def told(timeline: list[TimelineEvent], kind: TimelineKind) -> list[tuple[str | None, str]]:
    return [(event.user_id, event.detail) for event in timeline if event.kind is kind]


async def test_doctor_and_patient_see_tracks_and_nobody_else_sees_anything(visit: Visit) -> None:
    record = await visit.watchable()
    for who in (visit.doctor, visit.patient):
        detail = await look(visit, who, record.id)
        assert {track.person.user_id for track in detail.tracks} == {visit.doctor.user_id, visit.patient.user_id}
        assert all(track.video and track.mime == "video/webm" and track.offset_ms < 500 for track in detail.tracks)
        listed = await visit.recordings.review.list_visible(use(who), ListRecordings())
        assert [one.recording_id for one in listed.recordings] == [record.id] and not listed.more
    # The nurse belongs to the conversation and was not in the call.
    for outsider in (visit.ward.nurse, visit.ward.stranger, visit.ward.daughter, visit.ward.clinic.admin):
        with pytest.raises(NotFound):
            await look(visit, outsider, record.id)
        assert (await visit.recordings.review.list_visible(use(outsider), ListRecordings())).recordings == []
    with pytest.raises(NotFound):
        await look(visit, visit.doctor, new_id())


async def test_guests_do_not_see_it_and_clinicians_only_while_they_belong_there(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    guest = visit.guest()
    await visit.come(guest)
    await visit.consent(guest)
    await visit.stop()
    assert (await visit.record(recording_id)).status is RecordingStatus.READY
    assert guest.user_id in {track.person.user_id for track in (await look(visit, visit.patient, recording_id)).tracks}
    with pytest.raises(NotFound):
        await look(visit, guest, recording_id)
    await visit.ward.end(visit.patient, visit.doctor)
    with pytest.raises(NotFound):
        await look(visit, visit.doctor, recording_id)
    assert (await visit.recordings.review.list_visible(use(visit.doctor), ListRecordings())).recordings == []
    await look(visit, visit.patient, recording_id)


async def test_the_timeline_is_that_of_the_conversation_on_the_recordings_clock(visit: Visit) -> None:
    await visit.call()
    ward, conversation_id = visit.ward, visit.conversation_id
    await ward.send(visit.doctor, conversation_id, "before")
    recording_id = await visit.run()
    first = await ward.send(visit.doctor, conversation_id, "how is the knee")
    second = await ward.send(visit.patient, conversation_id, "oops")
    edit = EditMessage(cid=new_id(), conversation_id=conversation_id, n=first.n, text="how is the left knee")
    await ward.clinic.chat.edit(use(visit.doctor), edit)
    delete = DeleteMessage(cid=new_id(), conversation_id=conversation_id, n=second.n)
    await ward.clinic.chat.delete(use(visit.patient), delete)
    party_id = (await visit.book.fetch(visit.call_id)).parties[1].party_id
    stream = streams.conversation(conversation_id)
    muted = MediaChanged(call_id=visit.call_id, party_id=party_id, media=MediaState(audio=False))
    moved = PathChanged(
        call_id=visit.call_id, before=MediaPath.DIRECT, after=MediaPath.RELAY, reason=PathReason.RECORDING, took_ms=80
    )  # fmt: skip
    foreign = MediaChanged(call_id=new_id(), party_id=party_id, media=MediaState(camera=False))
    facts = [
        pending(CALL_MEDIA_CHANGED, muted, stream), pending(CALL_PATH_CHANGED, moved, stream),
        pending(CALL_MEDIA_CHANGED, foreign, stream),
    ]  # fmt: skip
    await visit.book.change(visit.call_id, lambda call: facts)
    await visit.stop()
    await ward.send(visit.doctor, conversation_id, "after")

    timeline = (await look(visit, visit.patient, recording_id)).timeline

    patient = visit.patient.user_id
    said = [(event.text, event.detail) for event in timeline if event.kind is TimelineKind.MESSAGE]
    assert said == [("how is the left knee", "edited"), ("", "deleted")]
    assert told(timeline, TimelineKind.MEDIA) == [(patient, "audio.off")]
    assert told(timeline, TimelineKind.PATH) == [(None, "relay.recording")]
    assert told(timeline, TimelineKind.CONSENT) == [
        (visit.doctor.user_id, "asked"), (visit.doctor.user_id, "agreed"), (patient, "agreed"),
    ]  # fmt: skip
    assert told(timeline, TimelineKind.RECORDING) == [(None, "started"), (None, "stopped.requested")]
    times = [event.at_ms for event in timeline]
    assert times == sorted(times) and times[0] == 0


async def test_who_joined_again_later_does_not_see_the_chat_from_before(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    await visit.ward.send(visit.patient, visit.conversation_id, "between us")
    await visit.stop()
    await visit.ward.end(visit.patient, visit.doctor)
    await visit.ward.clinic.join(visit.doctor, visit.patient, RelationshipKind.CARE)
    await visit.ward.add(visit.patient, visit.conversation_id, visit.doctor, HistoryFrom.JOINING)
    assert (await look(visit, visit.doctor, recording_id)).timeline == []
    assert "between us" in {event.text for event in (await look(visit, visit.patient, recording_id)).timeline}
    composed = Composed(state=ComposeState.READY, file="film.webm").model_dump()
    await state.change(Recording, {"_id": recording_id}, {"$set": {"composed": composed}})
    for file in ("film.webm", "film.vtt"):  # the chat is in both
        wish = LinkRecording(recording_id=recording_id, file=file)
        with pytest.raises(NotFound):
            await visit.recordings.review.link(use(visit.doctor), wish)
        assert file in (await visit.recordings.review.link(use(visit.patient), wish)).url


async def test_bookmarks_are_ones_own_and_made_once(visit: Visit) -> None:
    record = await visit.watchable()
    bookmarks = visit.recordings.bookmarks
    wish = AddBookmark(cid=new_id(), recording_id=record.id, at_ms=1500, note="look here")
    mine = (await bookmarks.add(use(visit.doctor), wish)).bookmark
    assert (await bookmarks.add(use(visit.doctor), wish)).bookmark == mine
    assert (await look(visit, visit.doctor, record.id)).bookmarks == [mine]
    assert (await look(visit, visit.patient, record.id)).bookmarks == []

    change = ChangeBookmark(cid=new_id(), recording_id=record.id, bookmark_id=mine.bookmark_id, note="no, there")
    with pytest.raises(Forbidden):
        await bookmarks.change(use(visit.patient), change)
    assert (await bookmarks.change(use(visit.doctor), change)).bookmark.note == "no, there"
    remove = RemoveBookmark(cid=new_id(), recording_id=record.id, bookmark_id=mine.bookmark_id)
    with pytest.raises(Forbidden):
        await bookmarks.remove(use(visit.patient), remove)
    for _ in range(2):
        await bookmarks.remove(use(visit.doctor), remove)
    assert (await look(visit, visit.doctor, record.id)).bookmarks == []
    beyond = AddBookmark(cid=new_id(), recording_id=record.id, at_ms=record.duration_ms + 1)
    with pytest.raises(NotNow):
        await bookmarks.add(use(visit.doctor), beyond)
    with pytest.raises(NotFound):
        await bookmarks.add(use(visit.ward.nurse), wish)


async def test_what_the_screen_says_was_watched_is_audited_merged(visit: Visit) -> None:
    record = await visit.watchable()
    wish = TellWatched(recording_id=record.id, ranges=[(2000, 3000), (0, 1000), (500, 1500), (9, 3)])
    await visit.recordings.review.watched(use(visit.doctor), wish)
    (row,) = visit.ledger.of("recording.view")
    assert (row.actor, row.resource, row.ref) == (visit.doctor.user_id, record.id, "told:0-1500,2000-3000")
    with pytest.raises(NotFound):
        await visit.recordings.review.watched(use(visit.ward.nurse), wish)


async def test_many_stretches_are_audited_whole_and_none_beyond_the_end(visit: Visit) -> None:
    record = await visit.watchable()
    ranges = [(at, at + 1) for at in range(1000, 1200, 4)]
    wish = TellWatched(recording_id=record.id, ranges=[*ranges[:49], (3000, LAST_MOMENT_MS)])
    await visit.recordings.review.watched(use(visit.doctor), wish)
    refs = [row.ref for row in visit.ledger.of("recording.view")]
    assert len(refs) == 2 and max(map(len, refs)) <= 400
    told = [stretch for ref in refs for stretch in ref.removeprefix("told:").split(",")]
    assert told == [*(f"{start}-{end}" for start, end in ranges[:49]), f"3000-{record.duration_ms}"]


async def test_pages_go_on_below_recordings_of_conversations_one_has_left(visit: Visit) -> None:
    before = await visit.watchable()
    visit.conversation_id = await visit.ward.group(visit.doctor, visit.ward.nurse, visit.patient)
    await visit.end()
    await visit.watchable()
    goodbye = LeaveConversation(cid=new_id(), conversation_id=visit.conversation_id)
    await visit.ward.clinic.conversations.leave(use(visit.patient), goodbye)
    page = await visit.recordings.review.list_visible(use(visit.patient), ListRecordings(limit=1))
    assert [one.recording_id for one in page.recordings] == [before.id] and not page.more


async def test_a_note_that_is_made_while_the_recording_is_deleted_goes_with_it(visit: Visit) -> None:
    record = await visit.watchable()
    shelf, keeping = visit.recordings.shelf, visit.recordings.keeping
    access, looked = shelf.access, 0

    async def deleted_in_between(user_id: str, role: Role, recording_id: str) -> Recording:
        nonlocal looked
        looked += 1
        found = await access(user_id, role, recording_id)
        if looked == 1:
            await keeping._delete(found, visit.doctor.user_id)
        return found

    shelf.access = deleted_in_between  # type: ignore[method-assign]
    with pytest.raises(NotFound):
        wish = AddBookmark(cid=new_id(), recording_id=record.id, at_ms=1, note="left knee")
        await visit.recordings.bookmarks.add(use(visit.doctor), wish)
    assert await state.collection_of(Bookmark).count_documents({}) == 0


async def test_links_are_for_files_that_are_there_and_finished(visit: Visit) -> None:
    record = await visit.watchable()
    review = visit.recordings.review
    for file in ("film.webm", "film.vtt", "..", record.files[0].name + "x"):
        with pytest.raises(NotFound):
            await review.link(use(visit.doctor), LinkRecording(recording_id=record.id, file=file))
    running = (await visit.ask()).recording_id
    assert running is not None
    with pytest.raises(NotFound):
        await review.link(use(visit.doctor), LinkRecording(recording_id=running, file=record.files[0].name))
