"""Header extensions and padding on their way through."""

from media.streams import EXTENSIONS, MID, OPUS, Kind
from tests.unit.forward.packets import Packet, read
from tests.unit.forward.parties import ALL, MID_ID, NUMBER, Call

LEVEL, SENT = 1, 2


def test_mid_names_the_slot_of_each_receiver() -> None:
    call = Call()
    parties = [call.join(name) for name in ("ann", "bob", "cyd", "dan")]
    for party in parties:
        party.send(Kind.VIDEO, key=True)
        party.send(Kind.AUDIO)
    for party in parties:
        for mid in ("0", "1", "2", "3", "4", "5"):
            assert [p.extensions[MID_ID] for p in party.got(mid)] == [mid.encode()]
        assert {p.extensions[LEVEL] for p in party.got("0")} == {b"\xff"}


def test_a_party_that_refused_mid_gets_none_and_the_next_one_does() -> None:
    call = Call()
    ann = call.join("ann")
    without, after = call.join("bob", extensions=ALL - {MID}), call.join("cyd")
    ann.send(Kind.AUDIO)
    assert MID_ID not in without.got("0")[0].extensions
    assert NUMBER in without.got("0")[0].extensions
    assert after.got("0")[0].extensions[MID_ID] == b"0"


def test_the_time_of_sending_is_ours() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.AUDIO)
    stamp = int.from_bytes(bob.got("0")[0].extensions[SENT], "big")
    assert stamp == int(call.now * 2**18) & 0xFFFFFF


def test_what_was_not_offered_goes_no_further() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    packet = ann.packet(Kind.AUDIO)
    packet.extensions = {7: b"secret", MID_ID: b"0", NUMBER: b"\0\7\0", 9: b"x" * 16}
    ann.put(packet)
    assert bob.got("0")[0].extensions == {MID_ID: b"0"}
    assert bob.got("0")[0].payload == packet.payload
    two_byte = bytearray(bytes(ann.packet(Kind.AUDIO)))
    two_byte[12:14] = b"\x10\x00"
    ann.put(bytes(two_byte))
    assert bob.got("0")[1].extensions == {}


def test_elements_said_twice_are_not_passed_on_twice() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    packet = ann.packet(Kind.AUDIO)
    packet.extensions = {}
    data = bytearray(bytes(packet))
    data[0] |= 0x10
    data[12:12] = b"\xbe\xde\0\3\x40\x30\x40\x31\x31\0\1\x31\0\2\0\0"
    ann.put(bytes(data))
    (got,) = bob.got("0")
    assert got.extensions == {MID_ID: b"0", NUMBER: b"\0\1"}


def test_a_stream_of_another_line_is_a_strangers() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    packet = ann.packet(Kind.AUDIO)
    packet.extensions[EXTENSIONS[MID]] = b"1"
    ann.put(packet)
    assert bob.outbox.rtp == []
    assert ann.leg.refused == 1


def test_csrcs_and_padding_travel() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    packet = ann.packet(Kind.AUDIO)
    packet.csrcs, packet.padding = (1, 2, 3), 4
    ann.put(packet)
    (got,) = bob.got("0")
    assert (got.csrcs, got.padding, got.payload) == ((1, 2, 3), 4, packet.payload)


def test_a_probe_of_padding_keeps_its_number_and_loses_its_weight() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.VIDEO, key=True)
    probe = ann.packet(Kind.VIDEO)
    probe.payload, probe.padding = b"", 255
    ann.put(probe)
    ann.send(Kind.VIDEO)
    got = bob.got("1")
    assert [p.sequence - got[0].sequence for p in got] == [0, 1, 2]
    assert (got[1].payload, got[1].padding) == (b"", 1)


def test_malformed_headers_are_dropped_and_counted() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    good = bytes(Packet(OPUS.payload_type, 1, 1, 1, b"opus"))
    bad = [
        b"",
        good[:11],
        b"\x8f" + good[1:],
        b"\x90" + good[1:12] + b"\xbe\xde\0\x09" + bytes(8),
        b"\x90" + good[1:12] + b"\xbe\xde",
        b"\xa0" + good[1:-1] + b"\0",
        b"\xa0" + good[1:-1] + b"\x05",
        b"\x40" + good[1:],
        good + bytes(2000),
    ]
    for data in bad:
        ann.put(data[:2048])
    assert ann.leg.refused == len(bad)
    assert bob.outbox.rtp == []
    ann.put(good)
    assert read(bytes(bob.outbox.rtp[0])).payload == b"opus"
