"""Tries the hub's own side of calls from the hub: an allocation at a TURN server, an ICE check at the relay."""

import asyncio
import contextlib
import re
import ssl
from datetime import UTC, datetime
from typing import Any, Final, cast

from aioice import stun
from aioice.turn import create_turn_endpoint
from aioice.utils import random_transaction_id

from hub.turn.url import ServerUrl
from models.errors import HubError
from models.events.guests import ServerCheck
from models.ids import new_id
from models.media import CloseRoom, JoinLeg, LegOffer
from services.calls.ports import MediaPort
from services.calls.turn import TurnServers

TRY_S: Final = 3.0
USER: Final = "hub"
"""Whose quota a probe counts against: the hub's own."""
MAX_TRIED: Final = 4
ASK_AGAIN_S: Final = 0.25
_CANDIDATE: Final = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", re.MULTILINE | re.IGNORECASE)


class Probe:
    """Implements `services.calls.ports.ProbePort`."""

    def __init__(self, media: MediaPort, servers: TurnServers) -> None:
        self._media = media
        self._servers = servers

    async def turn(self) -> ServerCheck:
        """The best that any of the TURN servers does."""
        issued = self._servers.issue(USER, datetime.now(UTC), 60)
        servers = [(url, server) for server in issued.ice_servers if server.username for url in server.urls]
        found = await asyncio.gather(
            *(allocation(url, server.username or "", server.credential or "") for url, server in servers[:MAX_TRIED])
        )
        for check in (ServerCheck.OK, ServerCheck.REFUSED, ServerCheck.UNREACHABLE):
            if check in found:
                return check
        return ServerCheck.NOT_CONFIGURED

    async def relay(self, process: str) -> ServerCheck:
        """In a room of its own, which is closed again."""
        room = new_id()
        try:
            offer = await self._media.ask(process, JoinLeg(call_id=room, party_id=room, leg_id=room, path_n=1))
        except HubError:
            return ServerCheck.REFUSED
        try:
            assert isinstance(offer, LegOffer)
            answered = await ice_answers(offer.sdp)
        finally:
            with contextlib.suppress(HubError):
                await self._media.ask(process, CloseRoom(call_id=room))
        return ServerCheck.OK if answered else ServerCheck.UNREACHABLE


async def allocation(url: str, username: str, credential: str) -> ServerCheck:
    """Whether this server makes an allocation for these credentials; it is given back at once."""
    server = ServerUrl.parse(url)
    gone = asyncio.get_running_loop().create_future()

    class Endpoint(asyncio.DatagramProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            if not gone.done():
                gone.set_result(None)

    try:
        async with asyncio.timeout(TRY_S):
            transport, _ = await create_turn_endpoint(
                Endpoint,
                (server.host, server.port),
                username,
                credential,
                lifetime=60,
                ssl=ssl.create_default_context() if server.secure else None,
                transport=server.transport,
            )
            transport.close()
            await gone
    except (TimeoutError, stun.TransactionTimeout, OSError, ssl.SSLError):
        return ServerCheck.UNREACHABLE
    except stun.TransactionFailed:
        return ServerCheck.REFUSED
    return ServerCheck.OK


async def ice_answers(sdp: str) -> bool:
    """Whether something answers an authenticated check (RFC 8445, 7.2) at any host candidate of this offer."""
    ufrag, password = _attribute(sdp, "ice-ufrag"), _attribute(sdp, "ice-pwd")
    places = list(dict.fromkeys((host, int(port)) for host, port in _CANDIDATE.findall(sdp)))[:MAX_TRIED]
    if not places or not ufrag or not password:
        return False
    return any(await asyncio.gather(*(_check(place, ufrag, password) for place in places)))


async def _check(place: tuple[str, int], ufrag: str, password: str) -> bool:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id=random_transaction_id())
    request.attributes["USERNAME"] = f"{ufrag}:probe"
    request.attributes["PRIORITY"] = 1
    request.attributes["ICE-CONTROLLING"] = 1
    request.add_message_integrity(password.encode())
    request.add_fingerprint()
    loop = asyncio.get_running_loop()
    heard = loop.create_future()

    class Endpoint(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            if data[8:20] == request.transaction_id and not heard.done():
                heard.set_result(stun.parse_message(data).message_class is stun.Class.RESPONSE)

    try:
        transport, _ = await loop.create_datagram_endpoint(Endpoint, remote_addr=place)
    except OSError:
        return False
    try:
        async with asyncio.timeout(TRY_S):
            while not heard.done():
                transport.sendto(bytes(request))
                await asyncio.wait([heard], timeout=ASK_AGAIN_S)
        return cast(bool, heard.result())
    except (TimeoutError, ValueError):
        return False
    finally:
        transport.close()


def _attribute(sdp: str, name: str) -> str:
    match = re.search(rf"^a={name}:(\S+)", sdp, re.MULTILINE)
    return match[1] if match else ""
