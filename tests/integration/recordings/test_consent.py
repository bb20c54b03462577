"""Nothing is recorded before everybody present has agreed, and nothing after somebody took it back."""

from datetime import timedelta

import pytest

from models.documents.call import Call
from models.errors import CallOver, NotFound, NotInCall, NotNow, PolicyForbids
from models.events.call_views import CallKind, CallView, ConsentState, RecordingState
from models.events.recording_views import RecordingPolicy
from models.events.recordings import NameRecording, SetRecordingPolicy
from models.ids import new_id
from models.media import RecordParty, StartRecord
from services.unit import Actor
from tests.integration.recordings.visit import TEXT, Visit
from tests.support.clinic import use
from tests.support.waiting import until


def consent_of(call: CallView, actor: Actor) -> ConsentState:
    return next(party.consent for party in call.parties if party.person.user_id == actor.user_id)


async def test_it_starts_with_the_last_agreement_and_the_agreements_are_facts(visit: Visit) -> None:
    await visit.call()
    asked = await visit.ask()
    assert asked.recording is RecordingState.ASKING
    assert {party.consent for party in asked.parties} == {ConsentState.ASKED}
    assert (await visit.consent(visit.doctor)).recording is RecordingState.ASKING
    assert visit.studio.asked == []

    running = await visit.consent(visit.patient)

    assert running.recording is RecordingState.RUNNING
    process, start = visit.studio.asked[0]
    assert process == "unix:/a" and isinstance(start, StartRecord)
    assert sorted(start.parties) == sorted(party.party_id for party in running.parties)
    told = await visit.facts("recording.asked", "recording.consented", "recording.started")
    names = ["recording.asked", "recording.consented", "recording.consented", "recording.started"]
    assert [event.type for event in told] == names
    fact = told[2]
    assert (fact.by, fact.data["device_id"]) == (visit.patient.user_id, visit.patient.device_id)
    assert (fact.data["text_version"], fact.data["language"], fact.data["agreed"]) == (TEXT, "es", True)


async def test_a_refused_request_is_shown_and_nothing_is_recorded(visit: Visit) -> None:
    await visit.call()
    await visit.ask()
    await visit.consent(visit.doctor)
    call = await visit.consent(visit.patient, agreed=False)
    assert call.recording is RecordingState.OFF
    assert consent_of(call, visit.patient) is ConsentState.REFUSED
    assert visit.studio.asked == [] and await visit.recordings.records.unfinished() == []
    assert (await visit.ask()).recording is RecordingState.ASKING  # and may be asked again
    assert (await visit.consent(visit.patient)).recording is RecordingState.RUNNING


async def test_withdrawing_stops_it_at_once_and_says_who(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    visit.studio.takes["unix:/a", recording_id].began_at -= timedelta(seconds=2)
    call = await visit.consent(visit.patient, agreed=False)
    assert call.recording is RecordingState.OFF
    stopped = (await visit.facts("recording.stopped"))[0]
    party = next(party for party in call.parties if party.person.user_id == visit.patient.user_id)
    assert stopped.data["reason"] == "withdrawn" and stopped.data["party_id"] == party.party_id
    assert visit.studio.takes == {} and (await visit.record(recording_id)).status == "ready"


async def test_an_agreement_that_arrives_again_does_not_undo_a_withdrawal(visit: Visit) -> None:
    await visit.call()
    await visit.ask()
    await visit.consent(visit.doctor)
    cid = new_id()
    await visit.consent(visit.patient, cid=cid)
    await visit.consent(visit.patient, agreed=False)
    await visit.ask()
    call = await visit.consent(visit.patient, cid=cid)
    assert call.recording is RecordingState.ASKING and consent_of(call, visit.patient) is ConsentState.ASKED


async def test_newcomers_are_asked_and_neither_recorded_nor_kept_out_until_they_agree(visit: Visit) -> None:
    await visit.call()
    await visit.run()
    guest = visit.guest()
    await visit.come(guest)

    visit_call = await until(lambda: _asked(visit, guest), what="the newcomer is asked")
    assert visit_call is not None and visit_call.recording is RecordingState.RUNNING
    assert not any(isinstance(wish, RecordParty) for _, wish in visit.studio.asked)
    call = await visit.consent(guest)
    assert call.recording is RecordingState.RUNNING
    (wish,) = [wish for _, wish in visit.studio.asked if isinstance(wish, RecordParty)]
    assert wish.on and wish.party_id == next(p.party_id for p in call.parties if p.person.user_id == guest.user_id)


async def test_a_newcomers_refusal_stops_it_and_it_starts_again_once_they_have_left(visit: Visit) -> None:
    await visit.call()
    first = await visit.run()
    visit.studio.takes["unix:/a", first].began_at -= timedelta(seconds=2)
    guest = visit.guest()
    await visit.come(guest)
    await until(lambda: _asked(visit, guest), what="the newcomer is asked")
    call = await visit.consent(guest, agreed=False)
    assert call.recording is RecordingState.OFF and consent_of(call, guest) is ConsentState.REFUSED
    (stopped,) = await visit.facts("recording.stopped")
    seat = next(party for party in call.parties if party.person.user_id == guest.user_id)
    assert (stopped.data["reason"], stopped.data["party_id"], stopped.by) == ("refused", seat.party_id, guest.user_id)
    detail = await visit.recordings.review.get(use(visit.doctor), NameRecording(recording_id=first))
    assert (detail.timeline[-1].user_id, detail.timeline[-1].detail) == (guest.user_id, "stopped.refused")

    again = await visit.ask()  # those who agreed are not asked twice, and it waits for the one who did not
    assert again.recording is RecordingState.ASKING
    assert [consent_of(again, who) for who in (visit.doctor, guest)] == [ConsentState.AGREED, ConsentState.ASKED]
    await visit.consent(guest, agreed=False)
    await visit.go(guest)
    running = await visit.ask()
    assert running.recording is RecordingState.RUNNING and running.recording_id != first
    start = visit.studio.asked[-1][1]
    assert isinstance(start, StartRecord) and seat.party_id not in start.parties


async def _asked(visit: Visit, actor: Actor) -> Call | None:
    call = await visit.book.fetch(visit.call_id)
    party = call.party_of(actor.user_id)
    return call if party is not None and party.consent is ConsentState.ASKED else None


async def test_it_starts_when_the_one_who_had_not_answered_leaves(visit: Visit) -> None:
    await visit.call(visit.doctor, visit.patient, visit.ward.nurse)
    await visit.ask()
    await visit.consent(visit.doctor)
    assert (await visit.consent(visit.patient)).recording is RecordingState.ASKING
    await visit.go(visit.ward.nurse)
    await until(lambda: visit.studio.asked, what="the recording starts")


@pytest.mark.parametrize("state", ["absent", "outsider", "over", "not asked"])
async def test_consent_of_somebody_who_cannot_give_it_is_refused(visit: Visit, state: str) -> None:
    await visit.call(visit.doctor, visit.patient, visit.ward.nurse)
    if state != "not asked":
        await visit.ask()
    if state == "absent":
        await visit.go(visit.patient)
    if state == "over":
        await visit.end()
    who = visit.ward.stranger if state == "outsider" else visit.patient
    expected = {"absent": NotInCall, "outsider": NotFound, "over": CallOver, "not asked": NotNow}[state]
    with pytest.raises(expected):
        await visit.consent(who)
    assert await visit.facts("recording.consented", "recording.started") == []
    assert visit.studio.asked == []


async def test_policy_off_forbids_and_required_asks_by_itself_and_cannot_be_stopped(visit: Visit) -> None:
    policies = visit.recordings.policies
    admin = use(visit.ward.clinic.admin)
    await policies.set(admin, SetRecordingPolicy(cid=new_id(), policy=RecordingPolicy.OFF))
    await visit.call()
    with pytest.raises(PolicyForbids):
        await visit.ask()
    await visit.end()
    await policies.set(admin, SetRecordingPolicy(cid=new_id(), policy=RecordingPolicy.REQUIRED, keep_days=30))
    assert await policies.required([visit.doctor.role, visit.patient.role])
    assert not await policies.required([visit.doctor.role, visit.ward.nurse.role])
    await visit.call(visit.doctor, visit.ward.nurse)
    await visit.come(visit.patient)  # required as soon as a patient is in it
    await until(lambda: _asked(visit, visit.patient), what="policy asks")
    await visit.consent(visit.ward.nurse)
    await visit.consent(visit.doctor)
    assert (await visit.consent(visit.patient)).recording is RecordingState.RUNNING
    with pytest.raises(PolicyForbids):
        await visit.stop()
    assert (await visit.consent(visit.patient, agreed=False)).recording is RecordingState.OFF


async def test_a_chat_consultation_has_nothing_to_record(visit: Visit) -> None:
    await visit.call(kind=CallKind.CHAT)
    with pytest.raises(NotNow):
        await visit.ask()
    with pytest.raises(NotFound):
        await visit.ask(visit.ward.stranger)
    with pytest.raises(NotFound):
        await visit.ask(call_id=new_id())
