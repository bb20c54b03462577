"""Parties of a real media process see and hear each other: frames decoded, tones recognised."""

import asyncio
import time
from functools import partial
from itertools import permutations

import pytest

from models.errors import MediaUnavailable, NotNow, SdpRefused
from models.ids import new_id
from models.media import (
    AnswerLeg,
    Ask,
    CloseRoom,
    JoinLeg,
    LeaveLeg,
    LegOffer,
    Load,
    MeasureLeg,
    Quality,
    SetLegMedia,
    WantVideo,
)
from tests.integration.media.conftest import MakePeer
from tests.support.lossy_path import lossy_path
from tests.support.media import Process, Relays
from tests.support.media_peers import Peer
from tests.support.waiting import until


async def talk(*parties: Peer) -> None:
    """Join all, and wait until the hub was told that they are connected."""
    await asyncio.gather(*(party.join() for party in parties))
    await asyncio.gather(*(party.connected() for party in parties))


async def see_each_other(*parties: Peer, seconds: float = 10) -> None:
    """Every picture moves at everybody else."""
    for party, other in permutations(parties, 2):
        await until(partial(party.sees, other), seconds, what=f"{party.party_id} sees {other.party_id}")


async def media(peer: Peer, **changes: bool) -> None:
    """What the engine says when a party mutes or holds."""
    state = {"audio": True, "camera": True, "screen": False, "held": False} | changes
    await peer.relays.pool.ask(peer.process, SetLegMedia(call_id=peer.call_id, party_id=peer.party_id, **state))


async def test_two_parties_hear_and_see_each_other(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id = new_id()
    first = peer(relays, process.address, call_id, "first", level=60, hertz=440)
    second = peer(relays, process.address, call_id, "second", level=190, hertz=1_000)
    await talk(first)
    await talk(second)
    await see_each_other(first, second)
    await until(lambda: first.hears(second) and second.hears(first), 10)
    assert not first.hears(first)
    seen = second.pictures_of(first)
    assert seen is not None
    print(f"first frame {1000 * (seen.first_at - second.joined_at):.0f} ms after joining")
    assert seen.first_at - second.joined_at < 5
    slots = relays.told("leg.slots", leg_id=second.leg_id)[-1].slots
    assert set(slots.values()) - {None} == {"first"}
    await until(partial(is_measured, first), 10)


async def is_measured(peer: Peer) -> bool:
    """Whether a whole second of media in both directions was measured."""
    measured = await peer.relays.pool.ask(peer.process, MeasureLeg(call_id=peer.call_id, leg_id=peer.leg_id))
    assert isinstance(measured, Quality)
    return measured.packets > 30 and measured.kbps_up > 10 and measured.kbps_down > 10


async def test_the_load_is_told(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id = new_id()
    await talk(*(peer(relays, process.address, call_id, name) for name in ("first", "second")))

    async def load() -> bool:
        told = await relays.pool.ask(process.address, Ask(op="stats"))
        assert isinstance(told, Load)
        return (told.calls, told.legs, told.port) == (1, 2, process.port) and told.packets_per_s > 50 and told.cpu > 0

    await until(load, 10)
    await relays.pool.ask(process.address, CloseRoom(call_id=call_id))
    await until(lambda: [load.legs for load in relays.pool.loads()] == [0])


async def test_a_lone_party_of_a_connection_test_sees_and_hears_itself(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    alone = peer(relays, process.address, new_id(), "alone", level=120, hertz=700)
    await alone.join(echo=True)
    await until(lambda: alone.sees(alone) and alone.hears(alone), 10)


async def test_mute_camera_and_hold(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id = new_id()
    first = peer(relays, process.address, call_id, "first", level=60, hertz=440)
    second = peer(relays, process.address, call_id, "second", level=190, hertz=1_000)
    await talk(first, second)
    await see_each_other(first, second)
    await until(lambda: second.hears(first), 10)
    await media(first, audio=False)
    await silent(second, pictures=False)
    await media(first, camera=False)
    await silent(second, pictures=True)
    await media(first)
    before = frames(second)
    await until(lambda: all(now > then + 5 for now, then in zip(frames(second), before, strict=True)), 10)
    await media(first, held=True)
    await silent(second, pictures=True)
    await silent(second, pictures=False)
    await silent(first, pictures=True)


def frames(peer: Peer) -> tuple[int, int]:
    """How many pictures, and how many pieces of sound came."""
    pictures = sum(seen.frames for seen in peer.seen.values() if seen.checksums)
    return pictures, sum(seen.frames for seen in peer.seen.values()) - pictures


async def silent(peer: Peer, *, pictures: bool) -> None:
    """Nothing of that kind comes for half a second."""

    async def quiet() -> bool:
        before = frames(peer)[0 if pictures else 1]
        await asyncio.sleep(0.5)
        return frames(peer)[0 if pictures else 1] == before

    await until(quiet, 10)


async def test_a_party_that_does_not_want_a_video_is_not_sent_it(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    call_id = new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    second = peer(relays, process.address, call_id, "second", level=190)
    await talk(first, second)
    await see_each_other(first, second)
    await relays.pool.ask(process.address, WantVideo(call_id=call_id, leg_id=second.leg_id, off=["first"]))
    await silent(second, pictures=True)
    before = frames(first)[0]
    await until(lambda: frames(first)[0] > before + 5)


def hears_three(party: Peer, parties: list[Peer]) -> bool:
    """Of the others' tones."""
    return sum(party.hears(other) for other in parties if other is not party) >= 3


@pytest.mark.timeout(120)
async def test_six_parties_and_no_seventh(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id = new_id()
    parties = [
        peer(relays, process.address, call_id, f"party-{number}", level=20 + 42 * number, hertz=300 + 150 * number)
        for number in range(6)
    ]
    await talk(*parties)
    await see_each_other(*parties, seconds=30)
    for party in parties:
        await until(partial(hears_three, party, parties), 20)
    with pytest.raises(MediaUnavailable):
        await peer(relays, process.address, call_id, "seventh").join()


async def test_media_goes_on_when_one_packet_in_twenty_is_lost(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    call_id = new_id()
    async with lossy_path(process) as path:
        first = peer(relays, process.address, call_id, "first", level=60, hertz=440, through=path.through)
        second = peer(relays, process.address, call_id, "second", level=190, hertz=1_000)
        await talk(first, second)
        await see_each_other(first, second)
        path.drops = lambda number: number % 20 == 7  # not from the start: aiortc does not repeat lost DTLS flights
        before = frames(first)[0], frames(second)[0]
        began = time.monotonic()
        await until(lambda: frames(first)[0] > before[0] + 60 and frames(second)[0] > before[1] + 60, 30)
        print(f"60 pictures took {time.monotonic() - began:.1f} s at 5 % loss each way")
        await until(lambda: first.hears(second) and second.hears(first), 10)


async def test_a_black_out_is_told_and_the_party_comes_back(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id = new_id()
    async with lossy_path(process) as path:
        first = peer(relays, process.address, call_id, "first", level=60, through=path.through)
        second = peer(relays, process.address, call_id, "second", level=190)
        await talk(first, second)
        await see_each_other(first, second)
        path.black = True
        await until(lambda: relays.told("leg.lost", leg_id=first.leg_id), 30)
        path.black = False
    assert relays.told("leg.quality", call_id=call_id, party_id="second")
    began = time.monotonic()
    again = peer(relays, process.address, call_id, "first", level=60, leg_id=first.leg_id)
    second.seen.clear()
    await again.join()
    await see_each_other(again, second)
    print(f"rebuilt {1000 * (time.monotonic() - began):.0f} ms after the path was back")


async def test_another_leg_takes_the_partys_seat(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id = new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    second = peer(relays, process.address, call_id, "second", level=190)
    await talk(first, second)
    await see_each_other(first, second)
    other_device = peer(relays, process.address, call_id, "first", level=110)
    await other_device.join()
    await see_each_other(other_device, second)
    assert not relays.told("leg.lost", leg_id=other_device.leg_id)
    with pytest.raises(NotNow):
        await relays.pool.ask(process.address, MeasureLeg(call_id=call_id, leg_id=first.leg_id))


async def test_a_party_without_vp8_moves_the_call_to_h264(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id = new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    await talk(first)
    second = peer(relays, process.address, call_id, "second", level=190, only="H264")
    await second.join()
    await until(lambda: relays.told("leg.reoffer", leg_id=first.leg_id))
    again = peer(relays, process.address, call_id, "first", level=60, leg_id=first.leg_id)
    await again.join()
    assert "VP8" not in again.offer_sdp
    await see_each_other(again, second)


async def test_what_comes_too_late_or_from_nobody_is_refused(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id, ask = new_id(), relays.pool.ask
    await ask(process.address, LeaveLeg(call_id=call_id, leg_id="l"))
    join = JoinLeg(call_id=call_id, party_id="p", leg_id="l", path_n=1)
    stale = await ask(process.address, join)
    offer = await ask(process.address, join)
    assert isinstance(stale, LegOffer)
    assert isinstance(offer, LegOffer)
    with pytest.raises(NotNow):
        await ask(process.address, AnswerLeg(call_id=call_id, leg_id="l", offer_id=stale.offer_id, sdp="v=0"))
    with pytest.raises(NotNow):
        await ask(process.address, AnswerLeg(call_id=call_id, leg_id="m", offer_id=offer.offer_id, sdp="v=0"))
    with pytest.raises(SdpRefused):
        await ask(process.address, AnswerLeg(call_id=call_id, leg_id="l", offer_id=offer.offer_id, sdp="v=0"))
    with pytest.raises(NotNow):
        await ask(process.address, SetLegMedia(
            call_id=call_id, party_id="q", audio=True, camera=True, screen=False, held=False
        ))  # fmt: skip
    await ask(process.address, CloseRoom(call_id=call_id))
    await ask(process.address, CloseRoom(call_id=call_id))
    with pytest.raises(NotNow):
        await ask(process.address, AnswerLeg(call_id=call_id, leg_id="l", offer_id=offer.offer_id, sdp="v=0"))


async def test_the_same_answer_twice_is_taken_once(process: Process, relays: Relays, peer: MakePeer) -> None:
    party = peer(relays, process.address, new_id(), "first")
    offer = await relays.pool.ask(
        process.address, JoinLeg(call_id=party.call_id, party_id="first", leg_id=party.leg_id, path_n=1)
    )
    assert isinstance(offer, LegOffer)
    await party.answer(offer)
    again = AnswerLeg(call_id=party.call_id, leg_id=party.leg_id, offer_id=offer.offer_id, sdp=party.answer_sdp)
    await relays.pool.ask(process.address, again)
    with pytest.raises(NotNow):
        await relays.pool.ask(process.address, again.model_copy(update={"sdp": party.answer_sdp + "a=x\r\n"}))
