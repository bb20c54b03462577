"""A load peer: a WebRTC endpoint of packets, so light that one core carries the parties of dozens of calls."""

import asyncio
import random
import secrets
import socket
import struct
import time
from typing import Any, Final

from aioice import stun
from aiortc.codecs.vpx import vp8_depayload

from tests.bench.media import sdp
from tests.bench.media.handshake import Handshake, Protection, certificate
from tests.bench.media.picture import FPS

RTP: Final = struct.Struct("!BBHII")
TAG: Final = struct.Struct("!Id")
MAGIC: Final = 0xCA11F00D
CHECK_S: Final = 2.0
DATAGRAMS: Final = 256
"""Taken at a time."""
SO_TIMESTAMPNS: Final = 35
"""The kernel's arrival time: how late the load looks is no delay of the server's."""
STAMP: Final = struct.Struct("@qq")
SO_MEMINFO: Final = 55
MEMORY: Final = struct.Struct("@9I")
"""Of a socket's memory, as the kernel tells it: last, how often there was none left."""


class Received:
    """What came, by SSRC: packets, holes, and how long tagged packets were on the way (seconds)."""

    def __init__(self) -> None:
        self.packets = 0
        self.first: dict[int, int] = {}
        self.highest: dict[int, int] = {}
        self.counted: dict[int, int] = {}
        self.types: dict[int, int] = {}
        """Payload type of each stream."""
        self.delays: list[float] = []
        self.frames: list[tuple[bytes, float]] = []
        """Untagged video, frame by frame: what is needed to look at pictures afterwards."""
        self._parts: list[bytes] = []

    def reset(self) -> None:
        """Begin a window. Pictures stay: decoding them needs the key frame at the beginning."""
        frames = self.frames
        self.__init__()  # type: ignore[misc]
        self.frames = frames

    @property
    def lost(self) -> int:
        """Sequence numbers that never came."""
        return sum(
            ((self.highest[ssrc] - self.first[ssrc]) & 0xFFFF) + 1 - count for ssrc, count in self.counted.items()
        )

    def note(self, view: memoryview, size: int, now: float, rtx: int | None, video: int | None) -> None:
        """One RTP packet."""
        _, marked, seq, _, ssrc = RTP.unpack_from(view)
        if marked & 0x7F == rtx:
            return
        self.packets += 1
        if ssrc not in self.first:
            self.first[ssrc] = self.highest[ssrc] = seq
            self.counted[ssrc] = 1
            self.types[ssrc] = marked & 0x7F
        else:
            self.counted[ssrc] += 1
            if (seq - self.highest[ssrc]) & 0xFFFF < 0x8000:
                self.highest[ssrc] = seq
        magic, sent = TAG.unpack_from(view, size - TAG.size)
        if magic == MAGIC:
            self.delays.append(now - sent)
        elif marked & 0x7F == video:
            self._parts.append(vp8_depayload(bytes(view[12:size])))
            if marked & 0x80:
                self.frames.append((b"".join(self._parts), now))
                self._parts = []


class LoadPeer:
    """Offers or answers, connects, sends a loop on one audio and one video line, and counts what arrives."""

    identity: Any = None

    def __init__(self, host: str, *, tagged: bool) -> None:
        if LoadPeer.identity is None:
            LoadPeer.identity = certificate()
        self._tagged = tagged
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(12)
        self._remote: sdp.Remote | None = None
        self._dtls: Handshake | None = None
        self._srtp: Protection | None = None
        self._lines: list[sdp.Line] = []
        self.ssrcs = {"audio": random.getrandbits(31), "video": random.getrandbits(31)}
        self._seq = {"audio": 1, "video": 1}
        self._twcc = 0
        self.sent = 0
        self.frames_sent: dict[int, float] = {}
        """When each picture of the loop was sent last, by its number."""
        self.connected = asyncio.Event()
        self.received = Received()
        self.blackout = False
        self._started = random.random()
        self._buffer = memoryview(bytearray(2048))
        self._task: asyncio.Task[None] | None = None
        self._controlling = True
        """Who offers controls, except that a lite agent never does (RFC 8445, 6.1.1)."""
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self.drain)

    @property
    def dropped(self) -> int:
        """Datagrams for which this peer's own socket had no room: lost by the load, not by a server."""
        return int(MEMORY.unpack(self._socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMORY.size))[-1])

    def leave_loop(self) -> socket.socket:
        """Its socket, for whoever calls `drain` from now on."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        return self._socket

    def offer(self) -> str:
        """Our offer: one line of each kind."""
        self._lines = sdp.offered_lines()
        return self._write("actpass")

    def answer(self, offer: str) -> str:
        """Our answer, as the DTLS client."""
        remote = sdp.read(offer)
        self._lines = remote.lines
        self._controlling = remote.lite
        self._connect(remote, client=True)
        return self._write("active")

    def accept(self, answer: str) -> None:
        """The answer to our offer."""
        remote = sdp.read(answer)
        for mine, theirs in zip(self._lines, remote.lines, strict=False):
            mine.codec, mine.rtx, mine.transport_cc = theirs.codec, theirs.rtx, theirs.transport_cc
        self._connect(remote, client=not remote.active)

    def candidate(self, host: str, port: int) -> None:
        """A trickled candidate."""
        if self._remote is not None and self._remote.address is None:
            self._remote.address = (host, port)

    def streams(self) -> tuple[int, int]:
        """How many audio and how many video streams came."""
        codecs = {line.kind: line.codec for line in self._lines}
        came = [*self.received.types.values()]
        return came.count(codecs["audio"] or 0), came.count(codecs["video"] or 0)

    def close(self) -> None:
        """Stop."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        if self._task is not None:
            self._task.cancel()
        self._socket.close()

    def send_frame(self, kind: str, payloads: list[bytes], n: int) -> None:
        """One frame, all of its packets now."""
        line = next(line for line in self._lines if line.kind == kind)
        if self._srtp is None or line.codec is None or self.blackout or self._remote is None:
            return
        clock = 960 if kind == "audio" else 90_000 // FPS
        ts = (n * clock) & 0xFFFFFFFF
        last = len(payloads) - 1
        now = time.monotonic()
        for at, payload in enumerate(payloads):
            marked = line.codec | (0x80 if at == last and kind == "video" else 0)
            head = RTP.pack(0x80, marked, self._seq[kind], ts, self.ssrcs[kind])
            if line.transport_cc is not None:
                head = self._extended(head, line.transport_cc)
            body = payload[: -TAG.size] + TAG.pack(MAGIC, now) if self._tagged else payload
            self._seq[kind] = (self._seq[kind] + 1) & 0xFFFF
            self._send(self._srtp.protect(head + body))
            self.sent += 1
        if kind == "video":
            self.frames_sent[n] = now
        if n % (50 if kind == "audio" else FPS) == 0:
            self._report(kind, ts)

    def _extended(self, head: bytes, number: int) -> bytes:
        self._twcc = (self._twcc + 1) & 0xFFFF
        block = struct.pack("!HHBHB", 0xBEDE, 1, number << 4 | 1, self._twcc, 0)
        return bytes([head[0] | 0x10]) + head[1:] + block

    def _report(self, kind: str, ts: int) -> None:
        assert self._srtp is not None
        now = time.time() + 2_208_988_800
        whole = int(now)
        packet = struct.pack("!BBHIIIIII", 0x80, 200, 6, self.ssrcs[kind], whole, int((now - whole) * 2**32), ts, 0, 0)
        self._send(self._srtp.protect_rtcp(packet))

    def _write(self, setup: str) -> str:
        uplink: dict[str, str] = {}
        for line in self._lines:
            uplink.setdefault(line.kind, line.mid)
        return sdp.write(
            ufrag=self._ufrag, password=self._password, fingerprint=self.identity[2], setup=setup,
            address=self._socket.getsockname(), lines=self._lines, ssrcs=self.ssrcs, uplink=uplink,
        )  # fmt: skip

    def _connect(self, remote: sdp.Remote, *, client: bool) -> None:
        self._remote = remote
        self._dtls = Handshake(self.identity[0], self.identity[1], client=client)
        self._client = client
        self._task = asyncio.create_task(self._keep(), name="load peer")

    async def _keep(self) -> None:
        """Checks until connected, then now and then; DTLS retransmissions."""
        while True:
            self._check()
            await asyncio.sleep(CHECK_S if self.connected.is_set() else 0.05)
            if self._dtls is not None and not self._dtls.done and self._checked:
                self._dtls_out(self._dtls.take(None))

    _checked = False

    def _check(self) -> None:
        remote = self._remote
        if remote is None or remote.address is None or self.blackout:
            return
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{remote.ufrag}:{self._ufrag}"
        request.attributes["PRIORITY"] = 1845501695
        if self._controlling:
            request.attributes["ICE-CONTROLLING"] = 2**63
            request.attributes["USE-CANDIDATE"] = None
        else:
            request.attributes["ICE-CONTROLLED"] = 2**63
        request.add_message_integrity(remote.password.encode())
        request.add_fingerprint()
        self._send(bytes(request))

    def _stun(self, data: bytes, address: tuple[str, int]) -> None:
        message = stun.parse_message(data)
        if message.message_class == stun.Class.REQUEST:
            reply = stun.Message(
                message_method=stun.Method.BINDING, message_class=stun.Class.RESPONSE,
                transaction_id=message.transaction_id,
            )  # fmt: skip
            reply.attributes["XOR-MAPPED-ADDRESS"] = address
            reply.add_message_integrity(self._password.encode())
            reply.add_fingerprint()
            self._socket.sendto(bytes(reply), address)
        elif message.message_class == stun.Class.RESPONSE and not self._checked:
            self._checked = True
            if self._dtls is not None and self._client:
                self._dtls_out(self._dtls.take(None))

    def _dtls_out(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            self._send(datagram)
        if self._dtls is not None and self._dtls.done and self._srtp is None:
            self._srtp = self._dtls.sessions()
            self.connected.set()

    def _send(self, data: bytes | memoryview) -> None:
        if self._remote is not None and self._remote.address is not None:
            try:
                self._socket.sendto(data, self._remote.address)
            except OSError:
                pass

    def drain(self) -> None:
        """Take what has come."""
        video = next((line for line in self._lines if line.kind == "video"), None)
        rtx, codec = (video.rtx, video.codec) if video else (None, None)
        offset = time.monotonic() - time.time()
        for _ in range(DATAGRAMS):
            view = self._srtp.view if self._srtp is not None else self._buffer
            try:
                size, control, _, address = self._socket.recvmsg_into([view], 64)
            except (BlockingIOError, OSError):
                return
            if self.blackout:
                continue
            first = view[0]
            if first < 4:
                self._stun(bytes(view[:size]), address)
            elif first < 64:
                if self._dtls is not None:
                    self._dtls_out(self._dtls.take(bytes(view[:size])))
            elif self._srtp is not None and not 191 < view[1] < 209:
                size = self._srtp.unprotect(size)
                if size > 12 + TAG.size:
                    seconds, nanoseconds = STAMP.unpack_from(control[0][2])
                    self.received.note(view, size, seconds + nanoseconds * 1e-9 + offset, rtx, codec)
