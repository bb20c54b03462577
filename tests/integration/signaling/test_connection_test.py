"""A connection test: everything a client needs to try its way to us, for a minute, for one person."""

from datetime import timedelta

import pytest

from models.errors import MediaUnavailable, NotFound, SdpRefused
from models.events.guests import (
    AnswerConnectionTest,
    ConnectionTest,
    EndConnectionTest,
    ServerCheck,
    StartConnectionTest,
)
from models.ids import new_id
from models.media import AnswerLeg, CloseRoom, JoinLeg
from services.calls.checks import TEST_S
from tests.integration.signaling.nodes import Node

SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


async def begun(node: Node, user_id: str) -> ConnectionTest:
    return await node.connecting.tests.start(node.unit(user_id), StartConnectionTest())


async def test_a_test_has_an_echo_room_servers_and_our_own_side(node: Node) -> None:
    ana = new_id()
    started = await begun(node, ana)
    [joined] = node.relays.of(JoinLeg)
    assert joined.echo
    assert joined.call_id == started.test_id
    assert (started.turn, started.relay) == (ServerCheck.OK, ServerCheck.OK)
    assert started.ice_servers[0].username
    expiry = int(started.ice_servers[0].username.partition(":")[0])
    assert expiry - node.now.timestamp() <= TEST_S + 2
    await node.connecting.tests.answer(
        node.unit(ana), AnswerConnectionTest(test_id=started.test_id, offer_id=started.offer_id, sdp=SDP)
    )
    assert [request.sdp for request in node.relays.of(AnswerLeg)] == [SDP]
    node.relays.connected.add(started.test_id)
    ended = await node.connecting.tests.end(node.unit(ana), EndConnectionTest(test_id=started.test_id))
    assert ended.finding.connected
    assert ended.finding.packets == 7
    assert [request.call_id for request in node.relays.of(CloseRoom)] == [started.test_id]


async def test_a_test_is_the_persons_own(node: Node) -> None:
    started = await begun(node, new_id())
    with pytest.raises(NotFound):
        await node.connecting.tests.end(node.unit(new_id()), EndConnectionTest(test_id=started.test_id))
    with pytest.raises(NotFound):
        await node.connecting.tests.answer(
            node.unit(new_id()), AnswerConnectionTest(test_id=started.test_id, offer_id=started.offer_id, sdp=SDP)
        )


async def test_another_test_ends_the_former(node: Node) -> None:
    ana = new_id()
    first = await begun(node, ana)
    await begun(node, ana)
    assert [request.call_id for request in node.relays.of(CloseRoom)] == [first.test_id]


async def test_a_test_that_nobody_ended_is_ended(node: Node) -> None:
    ana = new_id()
    started = await begun(node, ana)
    await node.connecting.tests.forget_expired(node.now + timedelta(seconds=TEST_S - 5))
    assert node.relays.of(CloseRoom) == []
    await node.connecting.tests.forget_expired(node.now + timedelta(seconds=TEST_S + 5))
    assert [request.call_id for request in node.relays.of(CloseRoom)] == [started.test_id]
    with pytest.raises(NotFound):
        await node.connecting.tests.end(node.unit(ana), EndConnectionTest(test_id=started.test_id))


async def test_a_bad_answer_is_refused(node: Node) -> None:
    ana = new_id()
    started = await begun(node, ana)
    with pytest.raises(SdpRefused):
        await node.connecting.tests.answer(
            node.unit(ana), AnswerConnectionTest(test_id=started.test_id, offer_id=started.offer_id, sdp="no")
        )


async def test_without_a_relay_there_is_no_test(node: Node) -> None:
    node.relays.processes.clear()
    with pytest.raises(MediaUnavailable):
        await begun(node, new_id())
