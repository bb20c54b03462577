"""Synchronising clients: gap-free, duplicate-free, in order, within what they may see and can take."""

import asyncio
import random

import pytest

from hub.bus.settings import SyncSettings
from models import rooms
from models.errors import TooLarge
from models.events.sync import SyncStatus
from models.streams import conversation, inbox
from tests.integration.bus.nodes import STREAM, append_until_confirmed, entry
from tests.integration.bus.place import MakePlace, Place
from tests.support.waiting import until

OTHER = inbox("bob")


async def test_a_client_gets_the_past_as_pages_and_the_present_as_events(make_place: MakePlace) -> None:
    place = await make_place(settings=SyncSettings(page_events=4))
    await place.append(6)
    ben = place.reader()
    first = (await ben.call(STREAM))[STREAM]
    assert (first.status, first.head, first.n) == (SyncStatus.MORE, 6, 4)
    await place.append(1)
    assert ben.numbers(STREAM) == [1, 2, 3, 4]
    second = (await ben.call(STREAM))[STREAM]
    assert (second.status, second.head, second.n) == (SyncStatus.LIVE, 7, 7)
    await place.append(2)
    assert ben.numbers(STREAM) == list(range(1, 10))
    assert [page["more"] for page in ben.named("hs.page")] == [True, False]
    live = ben.named("chat.sent")[-1]
    assert set(live) == {"s", "n", "at", "by", "cid", "data"}
    assert live["at"].endswith("Z")


@pytest.mark.parametrize("seed", range(4))
async def test_racing_appends_syncs_and_reconnects_give_each_client_a_perfect_prefix(
    make_place: MakePlace, seed: int
) -> None:
    dice = random.Random(seed)
    settings = SyncSettings(page_events=dice.choice((3, 17, 200)), window_events=dice.choice((2, 8, 64)), lag_s=0.02)
    places = [await make_place(boot_id, settings) for boot_id in "ab"]
    streams = [STREAM, OTHER]
    readers = [place.reader(f"user{index}") for index, place in enumerate(places * 3)]
    appending = True

    async def append(place: Place, index: int) -> None:
        for k in range(60):
            await asyncio.gather(
                *(
                    append_until_confirmed(place.node, entry(1000 * index + k, stream))
                    for stream in streams
                    for _ in range(2)
                )
            )
            await asyncio.sleep(dice.choice((0, 0, 0.001, 0.005)))

    async def read(index: int) -> None:
        while appending:
            mine = streams[: dice.choice((1, 2))]
            await readers[index].follow(*mine)
            await asyncio.sleep(dice.random() * 0.03)
            if dice.random() < 0.7:
                readers[index].acknowledge(*mine)
            if dice.random() < 0.3:  # the network goes, the client comes back, maybe to the other node
                before = readers[index]
                before.leave()
                place = dice.choice(places)
                again = readers[index] = place.reader(before.user_id)
                again.delivered, again._cursors, again.jumps = before.delivered, before._cursors, before.jumps

    reading = [asyncio.ensure_future(read(index)) for index in range(len(readers))]
    await asyncio.gather(*(append(place, index) for index, place in enumerate(places)))
    appending = False
    await asyncio.gather(*reading)
    truth: dict[str, list[tuple[int, int]]] = {stream: [] for stream in streams}
    for stream in streams:
        after = 0
        while events := await places[0].node.log.read(stream, after, 500, 1 << 20):
            truth[stream] += [(event.n, event.data["number"]) for event in events]
            after = events[-1].n
        assert [n for n, _ in truth[stream]] == list(range(1, 241))
    for reader in readers:
        await reader.follow(*streams)
        for stream in streams:
            assert reader.delivered[stream] == truth[stream]
        assert reader.jumps == 0


async def test_what_is_committed_while_a_client_is_being_synchronised_is_kept_for_it(make_place: MakePlace) -> None:
    place = await make_place()
    await place.append(3)
    place.gate.pause = asyncio.Event()
    ben = place.reader()
    call = asyncio.ensure_future(ben.call(STREAM))
    await place.gate.asked.wait()
    await place.append(2)
    assert ben.frames == []  # not even authorised yet
    place.gate.pause.set()
    assert (await call)[STREAM].status is SyncStatus.LIVE
    assert ben.numbers(STREAM) == [1, 2, 3, 4, 5]


async def test_foreign_streams_are_gone_and_are_not_followed(make_place: MakePlace) -> None:
    place = await make_place()
    place.gate.floors_of["ben", STREAM] = None
    await place.append(2)
    ben = place.reader()
    states = await ben.call(STREAM, OTHER, "c:", "aud:3", "$where")
    assert states.pop(OTHER).status is SyncStatus.LIVE
    assert {(state.status, state.head, state.n) for state in states.values()} == {(SyncStatus.GONE, 0, 0)}
    await place.append(1)
    assert ben.frames == []
    assert place.subscriptions.followers(STREAM) == 0
    assert place.rooms.members == {}


async def test_a_floor_hides_what_is_at_or_below_it(make_place: MakePlace) -> None:
    place = await make_place()
    await place.append(5)
    place.gate.floors_of["ben", STREAM] = 3
    ben = place.reader()
    state = (await ben.call(STREAM))[STREAM]
    assert (state.status, state.floor, state.head) == (SyncStatus.RESET, 3, 5)
    assert ben.frames == []
    await ben.follow(STREAM)
    assert ben.numbers(STREAM) == [4, 5]


async def test_cursors_that_cannot_be_true_are_reset(make_place: MakePlace) -> None:
    place = await make_place()
    await place.append(2)
    ben = place.reader()
    ben._cursors[STREAM] = 7  # of another history
    state = (await ben.call(STREAM))[STREAM]
    assert (state.status, state.head) == (SyncStatus.RESET, 2)
    ben._cursors[STREAM] = 1
    assert (await ben.call(STREAM, epoch="restored"))[STREAM].status is SyncStatus.RESET
    epoch = (await place.sync.sync(ben, {STREAM: 1})).epoch
    assert (await ben.call(STREAM, epoch=epoch))[STREAM].status is SyncStatus.LIVE
    await place.node.meta.renew_epoch()
    eve = place.reader("eve")
    await eve.follow(STREAM)
    assert [reset["s"] for reset in ben.named("hs.reset")] == [STREAM]
    assert eve.named("hs.reset") == []


async def test_whoever_leaves_sees_the_leaving_and_nothing_after_it(make_place: MakePlace) -> None:
    place = await make_place()
    ben, eve = place.reader("ben"), place.reader("eve")
    await ben.follow(STREAM, OTHER)
    await eve.follow(STREAM)
    assert place.rooms.members[rooms.conversation("ward-3")] == {ben, eve}
    log = place.node.log
    await asyncio.gather(
        log.append(entry(1)), log.append(entry(2, type_="member.left", who="ben")), log.append(entry(3))
    )
    assert ben.numbers(STREAM) == [1, 2]
    assert eve.numbers(STREAM) == [1, 2, 3]
    assert place.rooms.members[rooms.conversation("ward-3")] == {eve}
    await log.append(entry(4, OTHER))
    assert ben.numbers(OTHER) == [1]


async def test_a_page_ends_at_a_leaving_that_the_gate_could_not_know(make_place: MakePlace) -> None:
    here, there = await make_place("a"), await make_place("b")
    await here.append(1)
    here.gate.pause = asyncio.Event()
    ben = here.reader("ben")
    call = asyncio.ensure_future(ben.call(STREAM))
    await here.gate.asked.wait()  # the gate has judged, then he leaves on the other node, whose news is slow
    await here.node.feed.close()
    await there.node.log.append(entry(2, type_="member.left", who="ben"))
    await there.node.log.append(entry(3))
    here.gate.pause.set()
    states = await call
    ben_saw = ben.numbers(STREAM)
    assert ben_saw == [1, 2]
    assert states[STREAM].status is SyncStatus.GONE
    assert here.subscriptions.followers(STREAM) == 0


async def test_a_leaving_in_the_past_of_somebody_who_returned_ends_nothing(make_place: MakePlace) -> None:
    place = await make_place()
    await place.append(1)
    await place.append(1, type_="member.left", who="ben")
    await place.append(2)
    ben = place.reader("ben")
    await ben.follow(STREAM)
    assert ben.numbers(STREAM) == [1, 2, 3, 4]


async def test_without_acknowledgements_a_client_is_told_that_it_lags_and_pulls(make_place: MakePlace) -> None:
    place = await make_place(settings=SyncSettings(window_events=5, lag_s=0.05))
    ben, eve = place.reader("ben"), place.reader("eve")
    await ben.follow(STREAM)
    await eve.follow(STREAM)
    for _ in range(12):
        await place.append(1)
        eve.acknowledge(STREAM)
    assert ben.numbers(STREAM) == list(range(1, 6))
    assert eve.numbers(STREAM) == list(range(1, 13))
    await until(lambda: ben.named("hs.lag"))
    assert ben.named("hs.lag")[0] == {"streams": {STREAM: 12}}
    assert eve.named("hs.lag") == []
    ben.acknowledge(STREAM)
    await ben.follow(STREAM)
    told = len(ben.named("hs.lag"))
    for _ in range(7):
        await place.append(1)
        ben.acknowledge(STREAM)
    assert ben.numbers(STREAM) == list(range(1, 20))
    await until(lambda: len(eve.named("hs.lag")) >= 2)  # now it is her turn, and his is over
    assert len(ben.named("hs.lag")) == told


async def test_credit_is_also_counted_in_bytes_and_one_socket_shares_it_between_streams(make_place: MakePlace) -> None:
    place = await make_place(settings=SyncSettings(window_bytes=25_000, lag_s=60))
    ben = place.reader()
    await ben.follow(STREAM, OTHER)
    for k in range(3):
        await place.node.log.append(entry(k, text="x" * 8000))
        await place.node.log.append(entry(k, OTHER, text="x" * 8000))
    assert (ben.numbers(STREAM), ben.numbers(OTHER)) == ([1, 2], [1])
    ben.acknowledge(STREAM)
    await ben.follow(STREAM, OTHER)
    assert (ben.numbers(STREAM), ben.numbers(OTHER)) == ([1, 2, 3], [1, 2, 3])


async def test_a_call_sends_no_more_than_its_bound(make_place: MakePlace) -> None:
    place = await make_place(settings=SyncSettings(page_bytes=30_000, call_bytes=40_000))
    for stream in (STREAM, OTHER):
        for k in range(5):
            await place.node.log.append(entry(k, stream, text="x" * 9000))
    ben = place.reader()
    states = await ben.call(STREAM, OTHER)
    assert {state.status for state in states.values()} == {SyncStatus.MORE}
    assert 3 <= len(ben.numbers(STREAM)) + len(ben.numbers(OTHER)) <= 5
    await ben.follow(STREAM, OTHER)
    assert ben.numbers(STREAM) == ben.numbers(OTHER) == [1, 2, 3, 4, 5]


async def test_a_client_that_does_not_read_is_sent_nothing_and_then_cut(make_place: MakePlace) -> None:
    place = await make_place(settings=SyncSettings(lag_s=0.02, slow_s=0.2))
    slow, quick, recovered = place.reader("slow"), place.reader("quick"), place.reader("recovered")
    for reader in (slow, quick, recovered):
        await reader.follow(STREAM)
    slow.buffered = recovered.buffered = 2 * 1024 * 1024
    await place.append(3)
    assert slow.frames == []
    assert quick.numbers(STREAM) == [1, 2, 3]
    recovered.buffered = 0
    await until(lambda: recovered.named("hs.lag"))
    await until(lambda: slow.cut_for == "slow_consumer")
    assert (quick.cut_for, recovered.cut_for) == (None, None)
    assert slow.frames == []
    await recovered.follow(STREAM)
    assert recovered.numbers(STREAM) == [1, 2, 3]


async def test_a_socket_follows_a_bounded_number_of_streams(make_place: MakePlace) -> None:
    place = await make_place(settings=SyncSettings(streams_per_socket=3))
    ben = place.reader()
    names = [conversation(f"s{index}") for index in range(4)]
    await ben.follow(*names[:3])
    await ben.follow(*names[:3])
    with pytest.raises(TooLarge):
        await ben.call(names[3])
    assert place.subscriptions.followers(names[3]) == 0


async def test_a_connection_that_goes_during_its_call_leaves_nothing_behind(make_place: MakePlace) -> None:
    place = await make_place()
    await place.append(2)
    place.gate.pause = asyncio.Event()
    ben = place.reader()
    call = asyncio.ensure_future(ben.call(STREAM))
    await place.gate.asked.wait()
    ben.leave()
    place.gate.pause.set()
    assert (await call)[STREAM].status is SyncStatus.GONE
    await place.append(1)
    assert ben.frames == []
    assert place.subscriptions.followers(STREAM) == 0
    assert not any(place.rooms.members.values())
