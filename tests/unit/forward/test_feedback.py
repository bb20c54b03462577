"""Transport-wide congestion control: what we tell senders, and what receivers tell us."""

from struct import unpack

from hypothesis import given, settings
from hypothesis import strategies as st

from media.forward import rtcp
from media.forward.arrivals import MAX_PENDING, Arrivals
from media.streams import EXTENSIONS, TRANSPORT_CC, Kind
from tests.unit.forward.parties import ALL, Call

TICK = 1 / 4000


def decode(body: bytes) -> dict[int, float]:
    """Arrival by transport-wide number, read bit by bit from the draft: nothing here is the forwarder's."""
    base, count, reference, _ = unpack("!HH3sB", body[:8])
    bits = "".join(f"{octet:08b}" for octet in body[8:])
    symbols: list[int] = []
    while len(symbols) < count:
        chunk, bits = bits[:16], bits[16:]
        assert len(chunk) == 16
        if chunk[0] == "0":
            symbols += [int(chunk[1:3], 2)] * int(chunk[3:], 2)
        elif chunk[1] == "0":
            symbols += [int(bit) for bit in chunk[2:]]
        else:
            symbols += [int(chunk[i : i + 2], 2) for i in range(2, 16, 2)]
    at = int.from_bytes(reference, "big") * 256
    arrivals: dict[int, float] = {}
    for place, symbol in enumerate(symbols[:count]):
        assert symbol < 3
        if symbol == 1:
            at, bits = at + int(bits[:8], 2), bits[8:]
        elif symbol == 2:
            delta = int(bits[:16], 2)
            at, bits = at + delta - (delta >> 15 << 16), bits[16:]
        if symbol:
            arrivals[(base + place) & 0xFFFF] = at * TICK
    assert len(bits) < 32
    assert "1" not in bits
    return arrivals


def told(arrivals: Arrivals) -> dict[int, float]:
    everything: dict[int, float] = {}
    for body in arrivals.feedbacks():
        assert len(body) < 1200
        padded = body + bytes(-len(body) % 4)
        everything.update(decode(padded))
        parsed = next(iter(rtcp.parse(rtcp.transport_feedback(7, body))))
        assert isinstance(parsed, rtcp.TransportFeedback)
        ours = {
            (parsed.base + place) & 0xFFFF: ticks * TICK
            for place, ticks in enumerate(parsed.arrivals)
            if ticks is not None
        }
        assert ours == decode(padded)
    return everything


GAPS = st.one_of(st.just(1), st.integers(1, 3), st.integers(-3, 40))
PAUSES = st.one_of(st.floats(0, 0.01), st.floats(0, 0.2), st.floats(0, 20))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 0xFFFF), st.lists(st.tuples(GAPS, PAUSES), min_size=1, max_size=120), st.integers(1, 30))
def test_a_decoder_reads_the_arrivals_that_were_noted(
    start: int, steps: list[tuple[int, float]], per_feedback: int
) -> None:
    arrivals, number, now = Arrivals(), start, 5000.0
    first: dict[int, float] = {}
    everything: dict[int, float] = {}
    for count, (gap, pause) in enumerate(steps, 1):
        number, now = (number + gap) & 0xFFFF, now + pause
        arrivals.numbers.append(number)
        arrivals.times.append(now)
        first.setdefault(number, now)
        if count % per_feedback == 0:
            everything |= told(arrivals)
    everything |= told(arrivals)
    for number, at in everything.items():
        assert abs(at - first[number]) < 2 * TICK
    forward = [gap > 0 for gap, _ in steps]
    if all(forward):
        assert everything.keys() == first.keys()


def test_a_reordering_within_a_feedback_is_told_as_it_was() -> None:
    arrivals = Arrivals()
    for number, at in ((65_534, 1.0), (0, 1.01), (65_535, 1.02), (1, 1.03)):
        arrivals.numbers.append(number)
        arrivals.times.append(at)
    assert {number: round(at, 3) for number, at in told(arrivals).items()} == {
        65_534: 1.0,
        65_535: 1.02,
        0: 1.01,
        1: 1.03,
    }


def test_what_is_lost_between_two_feedbacks_is_told_as_lost() -> None:
    arrivals = Arrivals()
    arrivals.numbers, arrivals.times = [1, 2], [1.0, 1.0]
    told(arrivals)
    arrivals.numbers, arrivals.times = [5], [1.05]
    (body,) = arrivals.feedbacks()
    assert unpack("!HH", body[:4]) == (3, 3)


def test_a_sender_that_starts_again_does_not_make_a_feedback_of_thousands() -> None:
    arrivals = Arrivals()
    for number in (10, 30_000, 9):
        arrivals.numbers.append(number)
        arrivals.times.append(3.0)
        assert list(told(arrivals)) == [number]


def test_more_arrivals_than_fit_are_told_in_several_bounded_packets() -> None:
    arrivals = Arrivals()
    arrivals.numbers = list(range(1000))
    arrivals.times = [1 + number * 0.1 for number in range(1000)]
    assert len(told(arrivals)) == 1000


def feedback(packets: list[bytes]) -> list[rtcp.TransportFeedback]:
    return [m for packet in packets for m in rtcp.parse(packet) if isinstance(m, rtcp.TransportFeedback)]


def test_each_tick_tells_a_leg_when_its_packets_came() -> None:
    call = Call()
    ann = call.join("ann")
    for _ in range(3):
        ann.send(Kind.AUDIO)
        call.now += 0.01
    call.pass_time(0.05)
    (only,) = feedback(ann.outbox.rtcp)
    assert only.base == 1
    assert [round((a or 0) * TICK, 2) for a in only.arrivals] == [1000.0, 1000.01, 1000.02]
    call.pass_time(0.1)
    assert len(feedback(ann.outbox.rtcp)) == 1


def test_a_leg_that_refused_the_extension_gets_none_and_its_numbers_are_blank() -> None:
    call = Call()
    ann = call.join("ann")
    bob = call.join("bob", extensions=ALL - {TRANSPORT_CC})
    for _ in range(3):
        bob.send(Kind.AUDIO)
        ann.send(Kind.AUDIO)
    call.pass_time(0.05)
    assert feedback(bob.outbox.rtcp) == []
    assert all(EXTENSIONS[TRANSPORT_CC] not in packet.extensions for packet in bob.got("0"))
    assert len(bob.got("0")) == 3


def test_arrivals_between_two_ticks_are_bounded() -> None:
    call = Call()
    ann = call.join("ann")
    for _ in range(3 * MAX_PENDING):
        ann.send(Kind.AUDIO)
    call.pass_time(0.05)
    assert sum(len(f.arrivals) for f in feedback(ann.outbox.rtcp)) == MAX_PENDING
