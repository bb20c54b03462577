"""Who gets whose packets."""

import pytest

from media.streams import Kind
from tests.unit.forward.parties import Call, Party

NAMES = ("ann", "bob", "cyd", "dan", "eve", "fay")


class Recording:
    """A `Tap` that keeps everything."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.reports: list[tuple[int, int]] = []
        self.begun = 0

    def begin(self, now: float) -> None:
        self.begun += 1

    def rtp(self, packet: bytes, arrival: float) -> None:
        self.packets.append(packet)

    def sender_report(self, ntp: int, rtp: int, arrival: float) -> None:
        self.reports.append((ntp, rtp))


def both(party: Party) -> None:
    party.send(Kind.AUDIO)
    party.send(Kind.VIDEO, key=True)


def test_up_to_four_parties_are_heard_and_seen_in_the_same_place() -> None:
    call = Call()
    for name in NAMES[:4]:
        call.join(name)
    for name in NAMES[:4]:
        slots = call.slots[name]
        assert [slots[mid] for mid in ("0", "2", "4")] == [slots[mid] for mid in ("1", "3", "5")]
        assert {party for party in slots.values() if party} == set(NAMES[:4]) - {name}
        assert (slots["6"], slots["7"]) == (None, None)


def test_six_parties_all_see_each_other() -> None:
    call = Call()
    parties = {name: call.join(name) for name in NAMES}
    for party in parties.values():
        both(party)
    for name, party in parties.items():
        seen = {call.slots[name][mid]: len(party.got(mid)) for mid in ("1", "3", "5", "6", "7")}
        assert seen == dict.fromkeys(set(NAMES) - {name}, 1)
        assert sum(len(party.got(mid)) for mid in ("0", "2", "4")) == 3
    with pytest.raises(ValueError, match="six"):
        call.join("gus")


def test_leaving_and_coming_moves_nobody_else() -> None:
    call = Call()
    for name in NAMES[:4]:
        call.join(name)
    before = call.slots["ann"]
    call.board.forget("cyd")
    assert call.slots["ann"] == {**before, "2": None, "3": None}
    call.join("eve")
    assert call.slots["ann"] == {**before, "2": "eve", "3": "eve"}


def test_back_to_four_parties_everybody_has_one_place_again() -> None:
    call = Call()
    for name in NAMES:
        call.join(name)
    call.board.forget("bob")
    call.board.forget("dan")
    for name in ("ann", "cyd", "eve", "fay"):
        slots = call.slots[name]
        assert [slots[mid] for mid in ("0", "2", "4")] == [slots[mid] for mid in ("1", "3", "5")]
        assert None not in [slots[mid] for mid in ("0", "2", "4")]


def test_a_replaced_leg_leaves_the_others_streams_alone_and_goes_on_in_its_place() -> None:
    call = Call()
    ann, bob, cyd = (call.join(name) for name in NAMES[:3])
    for party in (ann, bob, cyd):
        both(party)
    slots = dict(call.slots["bob"])
    sequence = cyd.got("0")[-1].sequence
    again = call.join("ann")
    call.board.remove(ann.leg)
    ann.send(Kind.AUDIO)
    both(bob)
    assert len(cyd.got("0")) == 1
    assert len(cyd.got("2")) == 2
    call.now += 0.02
    both(again)
    assert call.slots["bob"] == slots
    assert cyd.got("0")[-1].sequence == sequence + 1
    assert len(bob.got("1")) == 2
    assert len(again.got("0")) == 1
    assert ann.got("0") != []
    count = len(ann.outbox.rtp)
    both(bob)
    assert len(ann.outbox.rtp) == count


def test_muted_media_goes_nowhere() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    tap = Recording()
    call.board.tap("ann", Kind.AUDIO, tap)
    call.board.set_muted("ann", Kind.AUDIO, True)
    both(ann)
    assert (len(bob.got("0")), len(bob.got("1")), len(tap.packets)) == (0, 1, 0)
    call.board.set_muted("ann", Kind.AUDIO, False)
    both(ann)
    assert (len(bob.got("0")), len(bob.got("1")), len(tap.packets)) == (1, 2, 1)
    for muted in (True, False):
        call.board.set_muted("ann", Kind.AUDIO, muted)
        both(ann)
    assert (len(tap.packets), tap.begun) == (2, 2)


def test_nothing_of_or_for_a_held_party_is_forwarded_even_from_a_new_leg() -> None:
    call = Call()
    ann, bob, cyd = (call.join(name) for name in NAMES[:3])
    call.board.set_held("ann", True)
    ann = call.join("ann")
    for party in (ann, bob, cyd):
        both(party)
    assert ann.outbox.rtp == []
    assert [len(bob.got(mid)) for mid in ("0", "1", "2", "3")] == [0, 0, 1, 1]
    call.board.set_held("ann", False)
    for party in (ann, bob, cyd):
        both(party)
    assert [len(bob.got(mid)) for mid in ("0", "1", "2", "3")] == [1, 1, 2, 2]
    assert len(ann.outbox.rtp) == 4


def test_a_receiver_chooses_whose_video_it_wants() -> None:
    call = Call()
    ann, bob, cyd = (call.join(name) for name in NAMES[:3])
    call.board.want("cyd", frozenset({"ann"}))
    both(ann)
    assert (len(cyd.got("0")), len(cyd.got("1")), len(bob.got("1"))) == (1, 0, 1)
    call.board.want("cyd", frozenset())
    both(ann)
    assert len(cyd.got("1")) == 1


def test_a_lone_party_hears_itself_only_in_a_connection_test() -> None:
    alone = Call().join("ann")
    both(alone)
    assert alone.outbox.rtp == []
    call = Call(echo=True)
    ann = call.join("ann")
    both(ann)
    assert (len(ann.got("0")), len(ann.got("1"))) == (1, 1)
    call.join("bob")
    both(ann)
    assert (len(ann.got("0")), len(ann.got("1"))) == (1, 1)


def test_a_tap_has_every_packet_once_from_whichever_leg() -> None:
    call = Call()
    tap = Recording()
    call.board.tap("ann", Kind.VIDEO, tap)
    ann = call.join("ann")
    sent = [ann.packet(Kind.VIDEO, key=True) for _ in range(3)]
    for place in (0, 2, 1, 1):
        ann.put(sent[place])
    assert [packet[-2:] for packet in tap.packets] == [sent[i].payload[-2:] for i in (0, 2, 1)]
    again = call.join("ann")
    again.send(Kind.VIDEO)
    ann.send(Kind.VIDEO)
    assert len(tap.packets) == 4
    call.board.tap("ann", Kind.VIDEO, None)
    again.send(Kind.VIDEO)
    assert len(tap.packets) == 4


def test_sources_are_told_for_legs_that_were_there_before() -> None:
    call = Call()
    ann = call.join("ann")
    both(ann)
    assert [(party, kind) for party, kind, _ in call.sources] == [("ann", Kind.AUDIO), ("ann", Kind.VIDEO)]
    both(ann)
    assert len(call.sources) == 2


def test_choices_are_forgotten_with_the_party_and_bounded() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    call.board.set_muted("ann", Kind.AUDIO, True)
    call.board.remove(ann.leg)
    ann = call.join("ann")
    ann.send(Kind.AUDIO)
    assert bob.got("0") == []
    call.board.forget("ann")
    call.join("ann").send(Kind.AUDIO)
    assert len(bob.got("0")) == 1
    for stranger in range(1000):
        call.board.set_held(f"s{stranger}", True)
    assert len(call.board._parties) <= 64
    assert {"ann", "bob"} <= call.board._parties.keys()
