"""No sequence number goes out twice under one SSRC, whatever happens: libsrtp in each outbox refuses it."""

import random

import pytest

from media.forward import rtcp
from media.streams import Kind
from tests.unit.forward.packets import Packet
from tests.unit.forward.parties import Call, Party, ssrc_of

PARTIES = ("ann", "bob", "cyd", "dan")


class Drill:
    """A call in which something else goes wrong at each step."""

    def __init__(self, seed: int) -> None:
        self.dice, self.call, self.joined = random.Random(seed), Call(), 0
        self.parties: dict[str, Party] = {}
        for name in PARTIES:
            self.come(name)

    def come(self, name: str) -> None:
        """With keys and streams of its own: a new connection."""
        self.joined += 1
        party = self.parties[name] = self.call.join(name, rtx=self.dice.random() < 0.5)
        for kind in Kind:
            party.sequences[kind] = self.dice.choice((100, 32_760, 65_000, 65_530))

    def step(self) -> None:
        dice, name = self.dice, self.dice.choice(PARTIES)
        party, kind = self.parties[name], self.dice.choice(list(Kind))
        match dice.randrange(24):
            case 0:
                self.call.board.set_muted(name, kind, dice.random() < 0.2)
            case 1:
                self.call.board.set_held(name, dice.random() < 0.1)
            case 2:
                self.call.board.want(name, frozenset(dice.sample(PARTIES, dice.choice((0, 0, 1)))))
            case 3 if dice.random() < 0.2:
                self.come(name)
            case 4:
                party.sequences[kind] += dice.choice((2, 100, 300, 30_000, 40_000, -300, -2_000))
            case 5 if dice.random() < 0.2:
                self.other_ssrc(party, kind)
            case 6:
                self.probe(party)
            case 7 | 8 | 9:
                self.nack(party)
            case 10:
                self.call.pass_time(dice.choice((0.05, 0.3, 1.0)))
            case _:
                self.burst(party, kind)

    def burst(self, party: Party, kind: Kind) -> None:
        """Reordered, repeated, with losses, with key frames here and there."""
        packets = [party.packet(kind, key=self.dice.random() < 0.1) for _ in range(self.dice.randrange(1, 40))]
        for _ in range(3):
            place = self.dice.randrange(len(packets))
            packets.insert(self.dice.randrange(len(packets)), packets[place])
        for packet in packets:
            if self.dice.random() < 0.93:
                self.call.now += 0.001
                party.put(packet)

    def other_ssrc(self, party: Party, kind: Kind) -> None:
        self.call.now += 0.6
        packet = party.packet(kind, key=True)
        packet.ssrc = ssrc_of(party.party_id, kind) + self.dice.choice((8, 16))
        party.put(packet)

    def probe(self, party: Party) -> None:
        packet = party.packet(Kind.VIDEO)
        packet.payload, packet.padding = b"", self.dice.choice((1, 2, 200))
        party.put(packet)
        if self.dice.random() < 0.5:
            # The same number once more, with something in it.
            party.put(Packet(packet.payload_type, packet.sequence, packet.timestamp, packet.ssrc, b"\x10\0again"))

    def nack(self, party: Party) -> None:
        slot = self.dice.choice([slot for slot in party.agreement.slots if slot.kind is Kind.VIDEO])
        got = party.got(slot.mid)[-700:]
        if got:
            missing = {(self.dice.choice(got).sequence + self.dice.randrange(-2, 3)) & 0xFFFF for _ in range(20)}
            party.put_rtcp(rtcp.nack(slot.ssrc, sorted(missing)))


@pytest.mark.parametrize("seed", range(6))
def test_no_number_is_used_twice(seed: int) -> None:
    drill = Drill(seed)
    for _ in range(600):
        drill.step()
    sent = sum(len(party.outbox.rtp) for party in drill.parties.values())
    assert sent > 2_000
    assert drill.joined > len(PARTIES)


def test_a_repaired_beginning_that_was_never_sent_is_sent_once_and_then_the_same() -> None:
    """Who starts at a key frame repaired late has a hole behind it: its numbers are free, once."""
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.VIDEO, key=True)
    cyd = call.join("cyd", rtx=False)
    lost = ann.packet(Kind.VIDEO, key=True)
    after = [ann.send(Kind.VIDEO) for _ in range(3)]
    ann.put(lost)
    ann.send(Kind.VIDEO)
    first, last = cyd.got("1")
    assert (last.sequence - first.sequence) & 0xFFFF == len(after) + 1
    hole = [(first.sequence + 1 + n) & 0xFFFF for n in range(len(after))]
    for _ in range(2):
        cyd.put_rtcp(rtcp.nack(first.ssrc, hole))
        call.now += 0.1
    repaired = cyd.got("1")[2:]
    assert [p.payload for p in repaired] == [p.payload for p in after] * 2
    assert [bytes(p) for p in repaired[:3]] == [bytes(p) for p in repaired[3:]]
    assert len(bob.got("1")) == 6
