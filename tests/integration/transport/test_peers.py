"""Real aiortc peers answer our offers: packets arrive decrypted, and what we send is decoded."""

import asyncio
import re
import threading
import time
from pathlib import Path

import pytest

from media.streams import MID, OPUS, SLOTS, VP8, Kind
from media.transport.events import AnswerProblem, BadAnswer, Failure, Loss
from media.transport.port import MediaPort
from tests.integration.transport.peers import CODECS, Party, Peer
from tests.support.waiting import until


def _with_another_certificate(answer: str) -> str:
    return re.sub(r"(a=fingerprint:sha-\d+ )(..)", lambda m: m[1] + ("00" if m[2] != "00" else "11"), answer)


async def test_packets_arrive_decrypted_and_ours_are_decoded(port: MediaPort) -> None:
    peer, party = Peer(), Party(port, echo=True)
    try:
        await peer.meet(party)
        await until(lambda: party.rtp[OPUS.payload_type] > 50 and party.rtp[VP8.payload_type] > 20, 30)
        assert party.rtcp
        assert party.agreement is not None
        assert [slot.mid for slot in party.agreement.slots] == [mid for mid, _ in SLOTS]
        assert [codec.name for codec in party.agreement.sending[Kind.VIDEO]] == ["vp8"]
        assert MID in party.agreement.extensions
        assert all(0 <= time.monotonic() - arrival < 20 for arrival in party.arrivals)
        assert party.arrivals == sorted(party.arrivals)
        tracks = [next(track for track in peer.tracks if track.kind == kind) for kind in ("audio", "video")]
        sound, picture = [await asyncio.wait_for(track.recv(), 30) for track in tracks]
        assert (sound.sample_rate, picture.width, picture.height) == (48_000, 640, 480)
        assert port.counters.unauthenticated == port.counters.malformed == port.counters.send_errors == 0
    finally:
        party.transport.close()
        await peer.close()


async def test_another_certificate_than_the_answer_names_fails_the_leg(port: MediaPort) -> None:
    peer, party = Peer(), Party(port)
    try:
        answer = await peer.answer(party.transport.offer(CODECS))
        party.transport.accept(_with_another_certificate(answer))
        await until(lambda: party.ended, 30)
        assert party.ended is Failure.WRONG_FINGERPRINT
        assert not party.rtp
        assert port.transports == port.addresses == 0
    finally:
        await peer.close()


async def test_a_party_that_hangs_up_is_lost_at_once_and_a_silent_one_in_time(port: MediaPort) -> None:
    peers, parties = [Peer(), Peer()], [Party(port), Party(port)]
    for peer, party in zip(peers, parties, strict=True):
        await peer.meet(party)
    await peers[0].close()
    await until(lambda: parties[0].ended, 15)
    assert parties[0].ended is Loss.CLOSED
    assert parties[1].ended is None
    parties[1].transport.tick(time.monotonic() + port.settings.silence_s + 1)
    assert parties[1].ended is Loss.SILENT
    await peers[1].close()
    assert port.transports == port.addresses == 0


async def test_a_second_answer_may_not_name_another_certificate(port: MediaPort) -> None:
    peer, party = Peer(), Party(port)
    try:
        await peer.meet(party)
        answer = peer.pc.localDescription.sdp
        assert party.transport.accept(answer) == party.agreement
        with pytest.raises(BadAnswer) as refused:
            party.transport.accept(_with_another_certificate(answer))
        assert refused.value.problem is AnswerProblem.CHANGED
        assert party.transport.connected
    finally:
        party.transport.close()
        await peer.close()


async def test_set_ups_and_tear_downs_leave_nothing_behind(port: MediaPort) -> None:
    def held() -> tuple[int, int, int]:
        return len(asyncio.all_tasks()), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    for round_ in range(3):
        peer, party = Peer(), Party(port)
        await peer.meet(party)
        party.transport.close()
        await peer.close()
        if round_ == 0:
            before = held()
    await until(lambda: held() <= before, 30)
    assert port.transports == port.addresses == 0
