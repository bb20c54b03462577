"""Whatever people, time and nodes do to a call in whatever order, what must hold holds."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models import streams
from models.documents.call import GuestLink
from models.enums import Role
from models.errors import HubError
from models.events.call_views import MAX_PARTIES, CallReason, CallState, PartyState
from models.events.calls import BusyMode
from models.ids import UserId
from services.calls import hosting, machine, seats
from services.calls.machine import Callee, Facts, Place
from services.calls.seats import Leg
from services.ports import Person
from tests.unit.calls.table import DOCTOR, FAMILY, NURSE, PATIENT, Table, calling

pytestmark = pytest.mark.timeout(90)
"""Some seconds of arithmetic; on a machine with much else to do, more than a unit test may take."""

OTHERS = [Person(UserId(f"nurse-{n}"), f"Nurse {n}", Role.NURSE, verified=True, active=True) for n in range(3)]
CROWD = [DOCTOR, NURSE, PATIENT, FAMILY, *OTHERS]
NODES = ["node-1", "node-2"]
ENOUGH = 12
"""Facts before somebody may end it for all: most sequences would be short otherwise."""
ORDER = [CallState.RINGING, CallState.CONNECTING, CallState.ACTIVE, CallState.ENDED]

people = st.sampled_from(CROWD)
nodes = st.sampled_from(NODES)
devices = st.sampled_from(["phone", "tablet"])
modes = st.sampled_from([None, BusyMode.BUSY, BusyMode.WAITING])


class AnyCall(RuleBasedStateMachine):
    """Several people with two devices each, two nodes, a clock, guests with links."""

    @initialize(callees=st.lists(st.sampled_from(CROWD[1:]), min_size=1, max_size=5, unique=True), room=st.booleans(),
                busy=st.dictionaries(st.sampled_from([one.user_id for one in CROWD]), modes))  # fmt: skip
    def begin(self, callees: list[Person], room: bool, busy: dict[str, BusyMode | None]) -> None:
        taken = {user_id: mode for user_id, mode in busy.items() if mode is not None}
        self.table: Table = calling(*callees, waiting_room=room, busy=taken)
        self.links = 0

    def act(self, change: Callable[[], Facts | None]) -> None:
        before = self.table.call.model_copy(deep=True)
        try:
            facts = self.table.apply(change())
        except HubError:
            assert self.table.call == before, "a refusal changed the call"
            return
        if not before.live:
            assert facts is None
            assert self.table.call == before, "a call that had ended changed"
        assert ORDER.index(self.table.call.state) >= ORDER.index(before.state)

    @rule(who=people, device=devices, node=nodes)
    def accept(self, who: Person, device: str, node: str) -> None:
        self.act(lambda: machine.accept(self.table.call, who.user_id, Place(device, node), self.table.now))

    @rule(who=people, device=devices)
    def decline(self, who: Person, device: str) -> None:
        self.act(lambda: machine.decline(self.table.call, who.user_id, device, self.table.now))

    @rule(who=people, device=devices)
    def leave(self, who: Person, device: str) -> None:
        self.act(lambda: machine.leave(self.table.call, who.user_id, device, self.table.now))

    @precondition(lambda self: len(self.table.told) > ENOUGH)
    @rule(who=people)
    def end(self, who: Person) -> None:
        self.act(lambda: machine.end(self.table.call, who.user_id, self.table.now))

    @rule(who=people, leg=st.integers(1, 3), device=devices, node=nodes)
    def enter(self, who: Person, leg: int, device: str, node: str) -> None:
        self.act(
            lambda: seats.enter(
                self.table.call, who.user_id, Place(device, node), f"{who.user_id}-{leg}", self.table.now
            )
        )

    @rule(who=people, leg=st.sampled_from([None, 1, 2, 3]), node=nodes)
    def lose(self, who: Person, leg: int | None, node: str) -> None:
        lost = Leg(who.user_id, None if leg is None else f"{who.user_id}-{leg}", node)
        self.act(lambda: seats.lost(self.table.call, lost, self.table.now))

    @rule(alive=st.sets(nodes))
    def node_dies(self, alive: set[str]) -> None:
        self.act(lambda: seats.orphaned(self.table.call, alive, self.table.now))

    @rule(seconds=st.sampled_from([1, 15, 31, 46]))
    def time_passes(self, seconds: int) -> None:
        self.table.later(seconds)
        self.act(lambda: seats.tick(self.table.call, self.table.now))

    @rule(host=people, who=people, mode=modes)
    def invite(self, host: Person, who: Person, mode: BusyMode | None) -> None:
        self.act(lambda: hosting.invite(self.table.call, host.user_id, Callee(who, mode), self.table.now))

    @rule(who=people, mode=modes)
    def transfer(self, who: Person, mode: BusyMode | None) -> None:
        host = self.table.call.host_id
        self.act(lambda: hosting.transfer(self.table.call, host, Callee(who, mode), self.table.now))

    @rule(who=people)
    def admit(self, who: Person) -> None:
        self._decide(hosting.admit, who.user_id)

    @rule(who=people)
    def refuse(self, who: Person) -> None:
        self._decide(hosting.refuse, who.user_id)

    @rule(number=st.integers(1, 3), welcome=st.booleans())
    def decide_on_guest(self, number: int, welcome: bool) -> None:
        self._decide(hosting.admit if welcome else hosting.refuse, f"guest-{number}")

    @rule(who=people)
    def expel(self, who: Person) -> None:
        self.act(lambda: machine.expel(self.table.call, who.user_id, self.table.now))

    @rule()
    def open_link(self) -> None:
        self.links += 1
        link = GuestLink(
            link_id=f"link-{self.links}", secret_hash=f"secret-{self.links}", label="interpreter", by="doctor",
            expires_at=self.table.now + timedelta(minutes=1),
        )  # fmt: skip
        self.act(lambda: hosting.open_link(self.table.call, self.table.call.host_id, link))

    @rule(number=st.integers(1, 3), guest=st.integers(1, 3))
    def arrive(self, number: int, guest: int) -> None:
        arrival = hosting.Arrival(f"guest-{guest}-of-{number}", "Guest", "browser")
        self.act(lambda: hosting.arrive(self.table.call, f"secret-{number}", arrival, self.table.now))

    def _decide(self, how: Callable[..., Facts | None], user_id: str) -> None:
        call = self.table.call
        party = next((one for one in call.parties if one.user_id.startswith(user_id)), None)
        self.act(lambda: how(call, call.host_id, party.party_id if party else "nobody", self.table.now))

    # -- what must hold ------------------------------------------------------------------------------------------

    @invariant()
    def one_place_each(self) -> None:
        call = self.table.call
        assert len({party.user_id for party in call.parties}) == len(call.parties)
        assert len({party.party_id for party in call.parties}) == len(call.parties)
        assert len(call.engaged) <= MAX_PARTIES
        assert call.seated == [party.user_id for party in call.present]

    @invariant()
    def an_ended_call_has_nobody_in_it(self) -> None:
        call = self.table.call
        if not call.live:
            assert call.reason is not None
            assert call.ended_at is not None
            assert call.engaged == []
            assert call.due_at is None

    @invariant()
    def a_live_call_has_a_host_and_somebody_to_wait_for(self) -> None:
        call = self.table.call
        if call.live:
            host = call.party_of(call.host_id)
            assert host in call.present
            assert host is not None
            assert host.role is not Role.GUEST
            assert len(call.engaged) > 1 or any(link.spent_at is None for link in call.guest_links)

    @invariant()
    def nothing_waits_without_a_deadline(self) -> None:
        for party in self.table.call.engaged:
            if party.state is PartyState.RINGING or party.away_at is not None:
                assert self.table.call.due_at is not None
            assert (party.state is PartyState.AWAY) <= (party.away_at is not None)

    @invariant()
    def every_ring_ends_exactly_once(self) -> None:
        for party in self.table.call.parties:
            names = self.table.names(streams.inbox(party.user_id))
            rings = [name for name in names if name in ("call.rang", "call.ring_ended")]
            open_now = party.state is PartyState.RINGING
            assert rings == ["call.rang", "call.ring_ended"] * (len(rings) // 2) + ["call.rang"] * open_now

    @invariant()
    def the_facts_tell_who_is_in_it(self) -> None:
        told = {self.table.call.started_by}
        for fact in self.table.told:
            if fact.type == "call.joined":
                assert fact.data["person"]["user_id"] not in told
                told.add(fact.data["person"]["user_id"])
            elif fact.type == "call.left":
                told.discard(fact.data["user_id"])
        assert told == set(self.table.call.seated)

    @invariant()
    def reasons_fit(self) -> None:
        call = self.table.call
        if not call.live:
            assert (call.answered_at is not None) <= (call.reason in (CallReason.ENDED, CallReason.FAILED))
            assert (call.answered_at is None) <= (call.reason is not CallReason.ENDED)
        assert self.table.names().count("call.ended") == (not call.live)


TestAnyCall = AnyCall.TestCase
TestAnyCall.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
