"""Random people do random things at once: nobody ever receives, reads or says what they may not."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models import streams
from models.enums import HistoryFrom
from models.errors import HubError
from models.events.chat import EditMessage
from models.events.conversations import LeaveConversation, RemoveMember
from models.events.relationships import ListRelationships
from models.ids import new_id
from models.streams import StreamId
from services.stream_gate import StreamGate
from services.unit import Actor
from tests.integration.chat.rights import Delivery, Device, Stay, stays_of
from tests.integration.chat.ward import CARE, FAMILY, Ward, ward_of
from tests.support.clinic import Clinic, use

PEOPLE = ("doctor", "nurse", "patient", "daughter")
OTHERS = ("doctor", "nurse", "daughter")
PLACES = ("direct", "group")

operations = st.one_of(
    st.tuples(st.just("relate"), st.sampled_from(OTHERS)),
    st.tuples(st.just("end"), st.sampled_from(OTHERS)),
    st.tuples(st.just("add"), st.sampled_from(OTHERS), st.sampled_from(PEOPLE), st.sampled_from(HistoryFrom)),
    st.tuples(st.just("remove"), st.sampled_from(OTHERS), st.sampled_from(PEOPLE)),
    st.tuples(st.just("leave"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("send"), st.sampled_from(PEOPLE), st.sampled_from(PLACES)),
    st.tuples(st.just("send"), st.sampled_from(PEOPLE), st.sampled_from(PLACES)),
    st.tuples(st.just("edit"), st.sampled_from(PEOPLE), st.sampled_from(PLACES)),
    st.tuples(st.just("sync"), st.sampled_from(PEOPLE), st.sampled_from(PLACES)),
)
rounds = st.lists(st.lists(operations, min_size=1, max_size=3), min_size=4, max_size=10)


class World:
    """One ward, two conversations, one connection for each person."""

    def __init__(self, ward: Ward, delivery: Delivery, places: dict[str, str]) -> None:
        self.ward = ward
        self.delivery = delivery
        self.places = places
        self.devices = {name: Device(self.person(name).user_id) for name in PEOPLE}
        self.seen = dict.fromkeys(PEOPLE, 0)
        self.seen_edits = dict.fromkeys(PEOPLE, 0)
        self.heads = dict.fromkeys(PLACES, 0)

    def person(self, name: str) -> Actor:
        actor: Actor = getattr(self.ward, name)
        return actor

    def stream(self, place: str) -> StreamId:
        return streams.conversation(self.places[place])

    async def act(self, operation: tuple[Any, ...]) -> None:
        """Refusals are part of life; what they leave behind is checked afterwards."""
        try:
            await getattr(self, f"_{operation[0]}")(*operation[1:])
        except HubError:
            pass

    async def _relate(self, name: str) -> None:
        if name == "daughter":
            await self.ward.answer(
                self.ward.patient, await self.ward.propose(self.ward.daughter, self.ward.patient, FAMILY)
            )
        else:
            await self.ward.clinic.join(self.person(name), self.ward.patient, CARE)

    async def _end(self, name: str) -> None:
        await self.ward.end(self.ward.patient, self.person(name))

    async def _add(self, whom: str, by: str, history: HistoryFrom) -> None:
        await self.ward.add(self.person(by), self.places["group"], self.person(whom), history)

    async def _remove(self, whom: str, by: str) -> None:
        wish = RemoveMember(cid=new_id(), conversation_id=self.places["group"], user_id=self.person(whom).user_id)
        await self.ward.clinic.conversations.remove_member(use(self.person(by)), wish)

    async def _leave(self, name: str) -> None:
        wish = LeaveConversation(cid=new_id(), conversation_id=self.places["group"])
        await self.ward.clinic.conversations.leave(use(self.person(name)), wish)

    async def _send(self, name: str, place: str) -> None:
        await self.ward.send(self.person(name), self.places[place], f"{name} was here")

    async def _edit(self, name: str, place: str) -> None:
        """The first message of this person, which is the one that the others are least likely to see."""
        who = self.person(name)
        said = [event for event in await self.ward.facts(self.stream(place)) if event.type == "chat.sent"]
        for event in [event for event in said if event.by == who.user_id][:1]:
            wish = EditMessage(cid=new_id(), conversation_id=self.places[place], n=event.n, text="edited")
            await self.ward.clinic.chat.edit(use(who), wish)

    async def _sync(self, name: str, place: str) -> None:
        await self.delivery.follow(self.devices[name], self.stream(place))

    async def check(self, *, alone: bool) -> None:
        """Every right against the log and the relationships as they are now."""
        related = await self._related()
        for place in PLACES:
            events = await self.ward.facts(self.stream(place))
            assert [event.n for event in events] == list(range(1, len(events) + 1))
            stays = stays_of(events)
            present = {stay.user_id for stay in stays if stay.present}
            if place == "group":
                assert present <= related, "somebody sits in the group without a relationship"
            else:
                closings = [event.type for event in events if event.type.startswith("conversation.")]
                assert (closings[-1] == "conversation.closed") is (self.ward.doctor.user_id not in related)
            if alone:
                self._spoke_rightly(place, stays, events)
            self._received_rightly(place, stays)
            for name in PEOPLE:
                await self._reads_rightly(name, place, stays, events)
            self.heads[place] = len(events)
        self.seen = {name: len(device.received) for name, device in self.devices.items()}
        self.seen_edits = {name: len(device.edits) for name, device in self.devices.items()}

    async def _related(self) -> set[str]:
        listed = await self.ward.clinic.relationships.list_visible(use(self.ward.patient), ListRelationships())
        active = [view for view in listed.relationships if view.status == "active"]
        return {person.user_id for view in active for person in view.people} | {self.ward.patient.user_id}

    def _spoke_rightly(self, place: str, stays: list[Stay], events: list[Any]) -> None:
        for event in events[self.heads[place] :]:
            if event.type == "chat.sent":
                mine = [stay for stay in stays if stay.user_id == event.by]
                assert any(event.n <= stay.left for stay in mine), "somebody spoke after leaving"

    def _received_rightly(self, place: str, stays: list[Stay]) -> None:
        stream, before = self.stream(place), self.heads[place]
        for name, device in self.devices.items():
            mine = [stay for stay in stays if stay.user_id == device.user_id and stay.left > before]
            for s, n in device.received[self.seen[name] :]:
                assert s != stream or any(n in stay for stay in mine), f"{name} received what is not theirs"
            for s, n, ref, text in device.edits[self.seen_edits[name] :]:
                theirs = [stay for stay in mine if s == stream and n in stay]
                assert s != stream or text == "" or any(ref > stay.floor for stay in theirs), f"{name} read the past"
                assert s != stream or text or any(ref <= stay.floor for stay in theirs), f"{name} lost an edit"

    async def _reads_rightly(self, name: str, place: str, stays: list[Stay], events: list[Any]) -> None:
        who = self.person(name)
        stay = next((stay for stay in stays if stay.user_id == who.user_id and stay.present), None)
        gate = StreamGate(self.ward.clinic.membership)
        floors = await gate.floors(Device(who.user_id), [self.stream(place)])
        assert floors[self.stream(place)] == (stay.floor if stay else None)
        try:
            read: list[str] | None = await self.ward.texts(who, self.places[place])
        except HubError:
            read = None
        edited = {event.data["ref"]: event.data["text"] for event in events if event.type == "chat.edited"}
        sent = [event for event in events if event.type == "chat.sent" and stay and event.n in stay]
        visible = [edited.get(event.n, event.data["text"]) for event in sent]
        assert read == (visible if stay else None)


async def _all(awaitables: list[Awaitable[None]]) -> None:
    await asyncio.gather(*awaitables)


@given(rounds)
@example([[("end", "nurse"), ("send", "nurse", "group")], [("send", "patient", "group")], [("sync", "nurse", "group")]])
@example([[("relate", "daughter")], [("add", "daughter", "patient", HistoryFrom.JOINING), ("end", "daughter")]])
@example([[("leave", "nurse")], [("add", "nurse", "patient", HistoryFrom.START)], [("sync", "nurse", "group")]])
@example(
    [
        [("send", "patient", "group")],
        [("relate", "daughter")],
        [("add", "daughter", "patient", HistoryFrom.JOINING)],
        [("edit", "patient", "group")],
        [("sync", "daughter", "group")],
        [("edit", "patient", "group")],
    ]
)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_random_lives(clinic: Clinic, plan: list[list[tuple[Any, ...]]]) -> None:
    ward = await ward_of(clinic)
    delivery = Delivery(clinic, clinic.feed)
    places = {
        "direct": await ward.direct(ward.doctor, ward.patient),
        "group": await ward.group(ward.patient, ward.nurse),
    }
    world = World(ward, delivery, places)
    for name in PEOPLE:
        for place in PLACES:
            await world.act(("sync", name, place))
    for batch in plan:
        await _all([world.act(operation) for operation in batch])
        await world.check(alone=len(batch) == 1)
    for device in world.devices.values():
        delivery.subscriptions.close(device)
