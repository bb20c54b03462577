"""A party without a browser: one UDP socket, our own STUN, DTLS and SRTP turned round."""

import asyncio
import secrets
import socket
import struct
import time
from collections import Counter

from media.streams import CodecName
from media.transport import stun
from media.transport.dtls import Association, DtlsState, Identity
from media.transport.events import Failure, Loss
from media.transport.port import MediaPort
from media.transport.srtp import PacketBuffer
from tests.support.waiting import until
from tests.unit.transport.recorded import recorded

IDENTITY = Identity()
SSRC = b"\0\0\0\1"


class RawParty:
    """Both ends of one connection: what our side received of it, and its own socket."""

    def __init__(self, port: MediaPort, *, passive: bool = False, identity: Identity = IDENTITY) -> None:
        self.port = port
        self.identity = identity
        self.transport = port.connect(self, self)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.passive = passive
        """It answers `a=setup:passive`: our side begins the handshake."""
        self.dtls = Association(identity, server=passive)
        self.hello = b""
        self.ended: Failure | Loss | None = None
        self.got: Counter[str] = Counter()
        self.last = b""
        self.sequence = 0

    @classmethod
    async def connected_to(cls, port: MediaPort, identity: Identity = IDENTITY) -> "RawParty":
        """Offer, answer, check, handshake."""
        party = cls(port, identity=identity)
        party.accept()
        await party.connect()
        return party

    def accept(self) -> None:
        """Give our side an answer that names this party's certificate."""
        self.transport.offer((CodecName.OPUS, CodecName.VP8, CodecName.H264))
        text = recorded("chromium_vp8")
        if self.passive:
            text = text.replace("a=setup:active", "a=setup:passive")
        lines = text.split("\r\n")
        ours = f"a=fingerprint:sha-256 {self.identity.fingerprint}"
        self.transport.accept("\r\n".join(ours if line.startswith("a=fingerprint") else line for line in lines))

    async def connect(self) -> None:
        """Check and shake hands, as a browser does."""
        self.send(self.check(use_candidate=True))
        if not self.passive:
            flight = self.dtls.start()
            self.hello = flight[0]
            for datagram in flight:
                self.send(datagram)
        await self.shake_hands()

    async def shake_hands(self) -> None:
        """Until both sides are done."""

        def step() -> bool:
            for datagram in self.swallow():
                if 19 < datagram[0] < 64:
                    for reply in self.dtls.receive(datagram):
                        self.send(reply)
            return self.transport.connected and self.dtls.state is DtlsState.ESTABLISHED

        await until(step, 30, every_s=0.001)
        self.srtp = self.dtls.srtp()

    def check(self, *, use_candidate: bool, role: int = 0x802A, extra: tuple[tuple[int, bytes], ...] = ()) -> bytes:
        """A binding request, signed."""
        attributes = [(stun.USERNAME, f"{self.transport.ufrag}:peer".encode()), (role, bytes(8)), *extra]
        if use_candidate:
            attributes.append((stun.USE_CANDIDATE, b""))
        key = self.transport.password.encode()
        return stun.build(stun.BINDING_REQUEST, secrets.token_bytes(12), attributes, key)

    def send(self, datagram: bytes) -> None:
        self.sock.sendto(datagram, ("127.0.0.1", self.port.port))

    def swallow(self) -> list[bytes]:
        """What has come."""
        found: list[bytes] = []
        while True:
            try:
                found.append(self.sock.recv(2048))
            except BlockingIOError:
                return found

    def seal(self, buffer: PacketBuffer, body: bytes) -> bytes:
        """Protect as this party; RTCP by its packet type. What libsrtp refuses goes out bare."""
        assert self.srtp is not None
        buffer.view[: len(body)] = body
        protect = self.srtp.protect_rtcp if 191 < body[1] < 224 else self.srtp.protect
        n = protect(buffer, len(body))
        return bytes(buffer.view[:n]) if n > 0 else body

    def packet(self, payload: bytes = b"sound") -> bytes:
        """The next RTP packet, plain."""
        self.sequence += 1
        return struct.pack("!BBHI", 128, 111, self.sequence, self.sequence * 960) + SSRC + payload

    async def still_works(self) -> bool:
        """Whether a packet of a fresh sequence still arrives decrypted."""
        buffer, want = PacketBuffer(), secrets.token_bytes(16)
        self.swallow()
        give_up = time.monotonic() + 10
        while self.last != want and time.monotonic() < give_up:
            # Garbage may have moved other streams' numbers far ahead: this one has its own.
            body = struct.pack("!BBHI", 128, 111, self.sequence & 0xFFFF, 0) + b"\0\0\0\2" + want
            self.sequence += 1
            self.send(self.seal(buffer, body))
            await asyncio.sleep(0.01)
        return self.last == want

    def close(self) -> None:
        self.transport.close()
        self.sock.close()

    def on_connected(self) -> None:
        self.got["connected"] += 1

    def on_failed(self, reason: Failure) -> None:
        self.ended = reason

    def on_lost(self, reason: Loss) -> None:
        self.ended = reason

    def on_rtp(self, buffer: memoryview, length: int, arrival: float) -> None:
        self.got["rtp"] += 1
        self.last = bytes(buffer[12:length])

    def on_rtcp(self, packet: bytes, arrival: float) -> None:
        self.got["rtcp"] += 1
