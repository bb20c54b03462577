"""What one leg may say to another, and who may say it."""

import pytest

from models.documents.call import Call
from models.errors import CallOver, HubError, NotFound, NotInCall, NotNow, SdpRefused
from models.events.call_views import CallState, MediaPath, PartyState
from models.events.signaling import (
    IceCandidate,
    LegSignaled,
    NameLeg,
    ReportQuality,
    SdpType,
    SessionDescription,
    SignalLeg,
)
from models.ids import new_id
from models.rooms import leg as leg_room
from models.sdp import CANDIDATES
from services.unit import Announcement
from tests.integration.signaling.nodes import Node

SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
HOST = "candidate:1 1 udp 2122260223 192.168.1.7 50000 typ host"
LINK_LOCAL = "candidate:1 1 udp 2122260223 169.254.169.254 80 typ host"
RELAYED = "candidate:4 1 udp 41885695 198.51.100.7 49200 typ relay raddr 203.0.113.9 rport 50000"


def wish(call: Call, n: int = 1, **fields: object) -> SignalLeg:
    """From the first party to the second."""
    given = {"call_id": call.id, "leg_id": call.parties[0].leg_id, "to_leg_id": call.parties[1].leg_id, "n": n}
    return SignalLeg.model_validate(given | fields)


def offer(call: Call, sdp: str = SDP, n: int = 1) -> SignalLeg:
    return wish(call, n, description=SessionDescription(type=SdpType.OFFER, sdp=sdp))


def trickle(call: Call, candidate: str, n: int = 1) -> SignalLeg:
    return wish(call, n, candidate=IceCandidate(candidate=candidate, sdp_mid="0"))


async def say(node: Node, call: Call, command: SignalLeg, who: int = 0) -> list[Announcement]:
    """What is passed on."""
    unit = node.unit(call.parties[who].user_id)
    await node.connecting.signaling.signal(unit, command)
    return unit.announcements


async def test_an_offer_reaches_the_other_leg_and_nobody_else(node: Node) -> None:
    call = await node.call(2)
    [told] = await say(node, call, offer(call, n=5))
    assert told.room == leg_room(call.parties[1].leg_id or "")
    assert isinstance(told.data, LegSignaled)
    assert (told.data.n, told.data.from_leg_id) == (5, call.parties[0].leg_id)
    assert told.data.description == SessionDescription(type=SdpType.OFFER, sdp=SDP)


async def test_a_restart_of_ice_is_another_offer(node: Node) -> None:
    call = await node.call(2)
    for n in (1, 2, 3):
        assert len(await say(node, call, offer(call, n=n))) == 1


async def test_candidates_are_passed_on_but_not_to_special_addresses(node: Node) -> None:
    call = await node.call(2)
    [told] = await say(node, call, trickle(call, HOST))
    assert isinstance(told.data, LegSignaled) and told.data.candidate
    assert told.data.candidate.candidate == HOST
    assert await say(node, call, trickle(call, LINK_LOCAL)) == []
    [end] = await say(node, call, trickle(call, ""))
    assert isinstance(end.data, LegSignaled) and end.data.candidate
    assert end.data.candidate.candidate == ""


async def test_special_addresses_leave_descriptions_too(node: Node) -> None:
    call = await node.call(2)
    [told] = await say(node, call, offer(call, f"{SDP}a={HOST}\r\na={LINK_LOCAL}\r\n"))
    assert isinstance(told.data, LegSignaled) and told.data.description
    assert told.data.description.sdp == f"{SDP}a={HOST}\r\n"


@pytest.mark.parametrize(
    "sdp",
    ["", "hello", SDP + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 8, SDP + f"a={HOST}\r\n" * 41, SDP + "a=x\x00\r\n"],
    ids=["empty", "prose", "nine lines", "41 candidates", "control"],
)
async def test_descriptions_beyond_the_bounds_are_refused(node: Node, sdp: str) -> None:
    call = await node.call(2)
    with pytest.raises(SdpRefused):
        await say(node, call, offer(call, sdp))


async def test_malformed_candidates_are_refused(node: Node) -> None:
    call = await node.call(2)
    with pytest.raises(SdpRefused):
        await say(node, call, trickle(call, "candidate:nonsense"))


async def test_after_each_description_forty_candidates_are_passed_on(node: Node) -> None:
    call = await node.call(2)
    for n in range(1, CANDIDATES + 1):
        await say(node, call, trickle(call, HOST, n))
    with pytest.raises(SdpRefused):
        await say(node, call, trickle(call, HOST, CANDIDATES + 1))
    await say(node, call, offer(call, n=CANDIDATES + 2))
    assert await say(node, call, trickle(call, HOST, CANDIDATES + 3))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"leg_id": new_id()}, NotInCall),
        ({"to_leg_id": new_id()}, NotNow),
        ({"call_id": new_id()}, NotFound),
    ],
    ids=["a leg that was replaced", "a leg that is gone", "no such call"],
)
async def test_who_and_whom_are_checked(node: Node, changed: dict[str, str], refusal: type[HubError]) -> None:
    call = await node.call(2)
    with pytest.raises(refusal):
        await say(node, call, offer(call).model_copy(update=changed))


async def test_somebody_else_cannot_speak_for_a_leg(node: Node) -> None:
    call, others = await node.call(2), await node.call(2)
    with pytest.raises(NotInCall):
        await say(node, call, offer(call), who=1)
    with pytest.raises(NotFound):
        await say(node, others, offer(call))
    crossing = offer(call).model_copy(update={"to_leg_id": others.parties[0].leg_id})
    with pytest.raises(NotNow):
        await say(node, call, crossing)
    with pytest.raises(NotNow):
        await say(node, call, offer(call).model_copy(update={"to_leg_id": call.parties[0].leg_id}))


async def test_after_the_end_nothing_is_passed_on(node: Node) -> None:
    call = await node.call(2)
    await node.alter(call, state=CallState.ENDED, ended_at=node.now)
    with pytest.raises(CallOver):
        await say(node, call, offer(call))


async def test_on_the_relay_parties_have_nothing_to_tell_each_other(node: Node) -> None:
    call = await node.call(2, path=MediaPath.RELAY, process="unix:/one")
    with pytest.raises(NotNow):
        await say(node, call, offer(call))


async def test_those_who_ring_or_wait_are_not_spoken_to(node: Node) -> None:
    call = await node.call(2)
    waiting = call.parties[1].model_copy(update={"state": PartyState.WAITING})
    call = await node.alter(call, parties=[call.parties[0], waiting])
    with pytest.raises(NotNow):
        await say(node, call, offer(call))
    with pytest.raises(NotInCall):
        back = offer(call).model_copy(update={"leg_id": waiting.leg_id, "to_leg_id": call.parties[0].leg_id})
        await say(node, call, back, who=1)


async def test_where_addresses_are_hidden_only_relayed_candidates_pass(discreet: Node) -> None:
    call = await discreet.call(2)
    assert await say(discreet, call, trickle(call, HOST)) == []
    [told] = await say(discreet, call, trickle(call, RELAYED))
    assert "203.0.113.9" not in told.data.model_dump_json()
    [described] = await say(discreet, call, offer(call, f"{SDP}a={HOST}\r\na={RELAYED}\r\n"))
    assert "192.168.1.7" not in described.data.model_dump_json()
    assert "198.51.100.7" in described.data.model_dump_json()


async def test_credentials_are_for_those_who_sit_in_a_live_call(node: Node) -> None:
    call = await node.call(2)
    ana, ben = call.parties
    name = NameLeg(call_id=call.id, leg_id=ana.leg_id or "")
    issued = await node.connecting.signaling.credentials(node.unit(ana.user_id), name)
    assert issued.ice_servers[0].credential
    with pytest.raises(NotInCall):
        await node.connecting.signaling.credentials(node.unit(ben.user_id), name)
    with pytest.raises(NotFound):
        await node.connecting.signaling.credentials(node.unit(new_id()), name)
    await node.alter(call, state=CallState.ENDED, ended_at=node.now)
    with pytest.raises(CallOver):
        await node.connecting.signaling.credentials(node.unit(ana.user_id), name)


async def test_quality_is_shown_to_the_others_as_long_as_the_relay_does_not_measure_it(node: Node) -> None:
    call = await node.call(2)
    report = ReportQuality(
        call_id=call.id, leg_id=call.parties[0].leg_id or "", rtt_ms=40, loss_percent=1.5, kbps=900
    )  # fmt: skip
    unit = node.unit(call.parties[0].user_id)
    await node.connecting.signaling.report_quality(unit, report)
    [told] = unit.announcements
    assert told.data.model_dump()["rtt_ms"] == 40
    await node.alter(call, path=MediaPath.RELAY, process="unix:/one")
    unit = node.unit(call.parties[0].user_id)
    await node.connecting.signaling.report_quality(unit, report)
    assert unit.announcements == []
