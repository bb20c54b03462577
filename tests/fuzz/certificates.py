"""Parties whose certificates have bytes changed: OpenSSL takes many that no library reads."""

import asyncio
import random

from OpenSSL import SSL, crypto

from media.transport.port import MediaPort
from media.transport.settings import PortSettings
from tests.support.waiting import until
from tests.unit.transport.certificates import identity_of, new_certificate
from tests.unit.transport.raw_party import RawParty

PATIENCE_S = 10.0


async def attack_handshakes(count: int, seed: int) -> tuple[int, list[str]]:
    """`(handshakes that came to an end, troubles)`: each ends connected or refused, and nobody else is disturbed."""
    dice, troubles, ended = random.Random(seed), list[str](), 0
    asyncio.get_running_loop().set_exception_handler(lambda _, context: troubles.append(repr(context)))
    port = MediaPort(PortSettings(hosts=("127.0.0.1",)))
    await port.open()
    other = await RawParty.connected_to(port)
    certificate, key = new_certificate()
    while ended < count:
        mutable = bytearray(certificate)
        for _ in range(dice.randrange(1, 4)):
            mutable[dice.randrange(len(mutable))] = dice.randrange(256)
        try:
            party = RawParty(port, identity=identity_of(bytes(mutable), key))
        except (crypto.Error, SSL.Error):
            continue
        await _shake_hands(party)
        ended += 1
    if not await other.still_works():
        troubles.append("another party was disturbed")
    other.close()
    await port.close()
    return ended, troubles


async def _shake_hands(party: RawParty) -> None:
    party.accept()
    party.send(party.check(use_candidate=True))
    for datagram in party.dtls.start():
        party.send(datagram)

    def over() -> bool:
        for datagram in party.swallow():
            if 19 < datagram[0] < 64:
                for reply in party.dtls.receive(datagram):
                    party.send(reply)
        return party.transport.connected or party.ended is not None

    await until(over, PATIENCE_S, every_s=0.001, what="a handshake's end")
    party.close()
